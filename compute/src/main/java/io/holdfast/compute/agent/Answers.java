package io.holdfast.compute.agent;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What lanes and the hypervisor answer, as the agent needs it. */
final class Answers {

    private Answers() {}

    /** The guest of an instance, the running one if there are two; null when there is none. */
    static @Nullable Guest find(List<Guest> guests, InstanceId instance) {
        return guests.stream()
                .filter(guest -> guest.instance().equals(instance))
                .max((a, b) -> Boolean.compare(a.running(), b.running()))
                .orElse(null);
    }

    /** Throws when one of them was not destroyed, or not in time. */
    static void allDestroyed(List<CompletableFuture<AgentAnswer>> answers, Duration limit) throws DriverException {
        long end = System.nanoTime() + limit.toNanos();
        for (CompletableFuture<AgentAnswer> answer : answers) {
            AgentAnswer got = await(answer, Duration.ofNanos(Math.max(1, end - System.nanoTime())))
                    .orElseThrow(() -> new DriverException("a stranger was not destroyed within " + limit));
            switch (got) {
                case AgentAnswer.Accepted ignored -> {}
                case AgentAnswer.Refused(String reason) -> throw new DriverException(reason);
                case AgentAnswer.Stale(String reason) -> throw new DriverException(reason);
                case AgentAnswer.NoAnswer(String reason) -> throw new DriverException(reason);
            }
        }
    }

    /** Empty at the deadline. */
    static Optional<AgentAnswer> await(CompletableFuture<AgentAnswer> answer, Duration deadline) {
        try {
            return Optional.of(answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new AgentAnswer.NoAnswer("interrupted while waiting"));
        } catch (ExecutionException e) {
            return Optional.of(new AgentAnswer.NoAnswer("the agent failed: " + e.getCause()));
        }
    }

    static Map<InstanceId, Guest> running(List<Guest> guests) {
        Map<InstanceId, Guest> running = new HashMap<>();
        for (Guest guest : guests) {
            if (guest.running()) {
                running.put(guest.instance(), guest);
            }
        }
        return running;
    }

    static List<InstanceReport> of(InstanceId instance, List<InstanceReport> reports) {
        return reports.stream()
                .filter(report -> report.instance().equals(instance))
                .toList();
    }
}
