package io.holdfast.server.demo;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A stage on which failing and mending do what they shall, and then do not come back well when they are told not to. */
final class UnluckyStage implements Stage {

    private final Stage real;

    /** What befalls each failure, and each mending, in turn: an empty text is nothing. */
    final Queue<String> failing = new ArrayDeque<>();

    final Queue<String> mending = new ArrayDeque<>();

    UnluckyStage(Stage real) {
        this.real = real;
    }

    @Override
    public void fail(HostId host, Failure failure) {
        real.fail(host, failure);
        next(failing);
    }

    /** Unlike a failure, a mending that does not come back well has not begun. */
    @Override
    public void mend(HostId host, Failure failure) {
        next(mending);
        real.mend(host, failure);
    }

    private static void next(Queue<String> luck) {
        String trouble = luck.poll();
        if (trouble != null && !trouble.isEmpty()) {
            throw new StoryFailure(trouble);
        }
    }

    @Override
    public boolean simulated() {
        return real.simulated();
    }

    @Override
    public String description() {
        return real.description();
    }

    @Override
    public URI api() {
        return real.api();
    }

    @Override
    public @Nullable Path trusted() {
        return real.trusted();
    }

    @Override
    public String adminToken() {
        return real.adminToken();
    }

    @Override
    public String memberToken(String project) {
        return real.memberToken(project);
    }

    @Override
    public String receiverAddress() {
        return real.receiverAddress();
    }

    @Override
    public List<HostId> hosts() {
        return real.hosts();
    }

    @Override
    public Map<String, Object> image() {
        return real.image();
    }

    @Override
    public int guestMemoryMib() {
        return real.guestMemoryMib();
    }

    @Override
    public Optional<Beat> beat(InstanceId instance) {
        return real.beat(instance);
    }

    @Override
    public List<String> ledgerProblems(InstanceId instance) {
        return real.ledgerProblems(instance);
    }

    @Override
    public Set<InstanceId> guestsOn(HostId host) {
        return real.guestsOn(host);
    }

    @Override
    public void forget(InstanceId instance) {
        real.forget(instance);
    }

    @Override
    public void close() {
        real.close();
    }
}
