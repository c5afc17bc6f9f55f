package io.holdfast.recovery.core;

import java.time.Duration;
import java.time.Instant;

/**
 * However good each single reason sounded: so many fences in so short a time are seen by a human first. What a wrong
 * conclusion can do is bounded by this number and nothing else.
 *
 * <p>Fails closed: when it is not known how many were fenced, none is.
 *
 * @param limit hosts fenced within {@code window}
 */
record FenceRate(int limit, Duration window) implements Guard {

    @Override
    public String name() {
        return "fence-rate";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_CLOSED;
    }

    @Override
    public Finding review(Situation situation) {
        if (situation.hard()) {
            return act("its power reads off, or somebody answers for it");
        }
        Situation.History history = situation.history();
        if (history == null) {
            return hold("it is not known how many hosts were fenced lately");
        }
        Instant since = situation.now().minus(window);
        long fenced = history.fences().stream().filter(at -> at.isAfter(since)).count();
        return fenced < limit
                ? act(fenced + " of at most " + limit + " hosts fenced within " + window.toSeconds() + " s")
                : hold(fenced + " hosts of the segment were fenced within the last " + window.toSeconds()
                        + " s, and the limit is " + limit + ". It goes on when the oldest of them is older than that,"
                        + " when the host's power reads off, or on force-down or confirm-dead");
    }
}
