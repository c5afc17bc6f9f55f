package io.holdfast.recovery.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How the host of a recovered case gets its power back: the state of {@link PowerReturnMachine}, kept in the case's document.
 *
 * @param attempts orders so far
 * @param powered whether all that has to reads on, as far as the last attempt knows
 * @param opposedSince since when something speaks against it, or null
 * @param said the last reason that was written into the timeline, so that each is written once; empty if none
 * @param told whether a human was called
 * @param quarantined whether it is in quarantine, as far as is known
 * @param released whether somebody released it from its quarantine: what failed before that is forgiven
 */
public record PowerReturn(
        ReturnStage stage,
        int attempts,
        boolean powered,
        @Nullable Instant opposedSince,
        String said,
        boolean told,
        boolean quarantined,
        boolean released) {

    static PowerReturn in(ReturnStage stage) {
        return new PowerReturn(stage, 0, false, null, "", false, false, false);
    }

    public boolean settled() {
        return stage instanceof ReturnStage.Settled;
    }

    PowerReturn at(ReturnStage next) {
        return new PowerReturn(next, attempts, powered, opposedSince, said, told, quarantined, released);
    }

    PowerReturn attempt(int number) {
        return new PowerReturn(stage, number, powered, opposedSince, said, told, quarantined, released);
    }

    PowerReturn powered(boolean now) {
        return new PowerReturn(stage, attempts, now, opposedSince, said, told, quarantined, released);
    }

    PowerReturn opposed(Instant since, String reason) {
        return new PowerReturn(stage, attempts, powered, since, reason, told, quarantined, released);
    }

    /** Whoever was called for what spoke against it hears of it anew when something else goes wrong. */
    PowerReturn unopposed() {
        return new PowerReturn(
                stage,
                attempts,
                powered,
                null,
                opposedSince == null ? said : "",
                told && opposedSince == null,
                quarantined,
                released);
    }

    PowerReturn saying(String reason) {
        return new PowerReturn(stage, attempts, powered, opposedSince, reason, told, quarantined, released);
    }

    PowerReturn told(boolean called) {
        return new PowerReturn(stage, attempts, powered, opposedSince, said, called, quarantined, released);
    }

    PowerReturn quarantined(boolean now) {
        return new PowerReturn(stage, attempts, powered, opposedSince, said, told, now, released || !now);
    }
}
