package io.holdfast.recovery.core;

import io.holdfast.recovery.CapacityPromise;
import io.holdfast.recovery.CapacityPromise.State;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * From one look at a promise to the next: what is believed of it, and what is told. Pure.
 *
 * <pre>
 * believed             seen             then
 * -                    KEPT             KEPT, nothing is told
 * the same as seen                      nothing
 * any other            for the first time, or not for long enough: pending
 *                      twice or more, and for steady-for: it is believed, and told
 * </pre>
 *
 * <p>A look that sees something else begins the count anew, so a verdict that comes and goes is not told at all, and what is
 * told lasts {@code steady-for} at least.
 */
public final class PromiseRule {

    private PromiseRule() {}

    /**
     * Something else than is believed.
     *
     * @param first when it was seen first
     * @param looks that have seen it, without another between
     */
    public record Pending(State state, Instant first, int looks) {}

    /**
     * @param believed null when nothing has to be remembered anew
     * @param told whether people are told of it
     */
    public record Step(
            @Nullable CapacityPromise believed,
            boolean told,
            @Nullable Pending pending) {}

    /**
     * @param before what is believed, null if nothing is remembered
     * @param seen with the moment of this look as {@code since}
     */
    public static Step step(
            @Nullable CapacityPromise before, @Nullable Pending pending, CapacityPromise seen, Duration steadyFor) {
        if (before == null && seen.state() == State.KEPT) {
            return new Step(seen, false, null);
        }
        if (before != null && before.state() == seen.state()) {
            return new Step(null, false, null);
        }
        Pending now = pending == null || pending.state() != seen.state()
                ? new Pending(seen.state(), seen.since(), 1)
                : new Pending(seen.state(), pending.first(), pending.looks() + 1);
        boolean steady =
                now.looks() > 1 && Duration.between(now.first(), seen.since()).compareTo(steadyFor) >= 0;
        return steady
                ? new Step(
                        new CapacityPromise(seen.segment(), seen.state(), seen.failures(), now.first(), seen.reason()),
                        true,
                        null)
                : new Step(null, false, now);
    }
}
