package io.holdfast.server.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was played so far. Two threads know it: the one that plays, and the one that is woken by Ctrl-C. */
final class Tally {

    private final Failure failure;
    private final boolean simulated;
    private final int requested;

    @GuardedBy("this")
    private final List<RunResult> results = new ArrayList<>();

    @GuardedBy("this")
    private @Nullable String ended;

    /** @param requested how often the story is to be told, at least 1 */
    Tally(Failure failure, boolean simulated, int requested) {
        this.failure = failure;
        this.simulated = simulated;
        this.requested = requested;
    }

    int requested() {
        return requested;
    }

    synchronized void add(RunResult result) {
        results.add(result);
    }

    /** Nothing more comes; the first reason counts. */
    synchronized void end(String why) {
        if (ended == null) {
            ended = why;
        }
    }

    synchronized Report report() {
        return new Report(failure, simulated, requested, List.copyOf(results), ended);
    }
}
