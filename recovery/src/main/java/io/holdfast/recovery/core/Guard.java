package io.holdfast.recovery.core;

/**
 * One reason not to condemn a host although its signals say so. Knows one kind of mistake, and nothing of the others.
 *
 * <p>A guard is pure, and says for itself what happens when it cannot know what it needs: {@link Mode}.
 */
public sealed interface Guard
        permits SegmentArmed,
                SegmentMaintenance,
                HostMaintenance,
                ObserverFit,
                CoolDown,
                FenceRate,
                DomainLoss,
                SegmentShare {

    /** The stable word with which the reason begins: in the timeline, in the runbook. */
    String name();

    Mode mode();

    Finding review(Situation situation);

    /** What happens when the guard lacks what it needs to know. */
    enum Mode {
        /** Nothing known, nothing held: a real failure is not left alone because a label is missing. */
        FAIL_OPEN("fails open"),
        /** Nothing known, everything held: the harm it prevents cannot be taken back. */
        FAIL_CLOSED("fails closed");

        private final String text;

        Mode(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** What one guard, or all of them, say. */
    enum Decision {
        ACT,
        HOLD,
        /** Not even a case: the verdict is noted. */
        IGNORE
    }

    /** @param reason for people, without the guard's name */
    record Finding(String guard, Mode mode, Decision decision, String reason) {}

    default Finding act(String reason) {
        return new Finding(name(), mode(), Decision.ACT, reason);
    }

    default Finding hold(String reason) {
        return new Finding(name(), mode(), Decision.HOLD, reason);
    }
}
