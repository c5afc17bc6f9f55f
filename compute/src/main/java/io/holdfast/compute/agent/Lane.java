package io.holdfast.compute.agent;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** All that an agent knows of one instance here. Its fields are guarded by the agent's lock. */
final class Lane {

    /** Between restarts of a guest that dies again and again, and between tries to stop one. */
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(30);

    final InstanceId instance;
    /** A thread is at work for it. */
    boolean busy;
    /** Something happened since that thread looked. */
    boolean again;
    /** It was ordered, or died and may be restarted: a start is allowed. */
    boolean startDue;
    /** It is to be started because its host was admitted, and not by an order: nobody waits for it who would try again. */
    boolean unordered;
    /** It is a stranger and has to go. */
    boolean destroyDue;
    /** A guest of an older generation is asked before it is ended; forgotten with this agent. Also read without the lock. */
    volatile boolean gently;
    /** Its guest shut itself down. */
    boolean resting;
    /** How the hypervisor said that its guest ended, or null. */
    @Nullable
    String ended;

    /** When an audit first missed its guest, without a word of the hypervisor; 0 while it is not missed. */
    long missedAtNanos;

    int quickDeaths;
    int failedTries;

    /** The last start that this agent knows of; at first, when it first knew of the instance. */
    long startedAtNanos = System.nanoTime();

    /** When its guest was last seen to have come up; at first, as above. */
    long cameUpAtNanos = startedAtNanos;

    @Nullable
    InstanceReport report;

    List<CompletableFuture<AgentAnswer>> waiters = new ArrayList<>();

    Lane(InstanceId instance) {
        this.instance = instance;
    }

    /** Ends what runs at an older generation than is wanted. Called without the lock: it takes as long as a guest takes. */
    void endOlder(HypervisorDriver driver, Duration grace) throws DriverException {
        if (gently) {
            driver.stop(instance, grace);
        } else {
            driver.destroy(instance);
        }
    }

    static Duration backoff(Duration first, int tries) {
        Duration wait = first.multipliedBy(1L << Math.min(tries, 10));
        return wait.compareTo(BACKOFF_MAX) < 0 ? wait : BACKOFF_MAX;
    }

    boolean showsUpAt(Generation generation) {
        return report != null && report.cameUp() && report.generation().equals(generation);
    }

    boolean shows(ActualState actual) {
        return report != null && report.actual() == actual;
    }
}
