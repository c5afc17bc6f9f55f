package io.holdfast.recovery.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the return of a fenced host's power stands. Each stage that waits has a deadline. */
public sealed interface ReturnStage {

    /** When something happens by itself, at the latest; null only when nothing will. */
    @Nullable
    Instant deadline();

    /** The stable word: in the journal, in the API, in the runbook. */
    default String word() {
        return switch (this) {
            case Resting s -> "RESTING";
            case Asking s -> "ASKING";
            case Opposed s -> "OPPOSED";
            case Quarantined s -> "QUARANTINED";
            case Ordering s -> "ORDERING";
            case Pausing s -> "PAUSING";
            case Rejoining s -> "REJOINING";
            case Unanswered s -> "UNANSWERED";
            case Restored s -> "RESTORED";
            case LeftOff s -> "LEFT_OFF";
            case Overtaken s -> "OVERTAKEN";
        };
    }

    /** Nothing happens any more. */
    sealed interface Settled extends ReturnStage {
        @Override
        default @Nullable Instant deadline() {
            return null;
        }
    }

    /** It stays off for as long as the segment's policy wants. */
    record Resting(Instant deadline) implements ReturnStage {}

    /** The store is asked whether anything speaks against it. */
    record Asking(Instant deadline) implements ReturnStage {}

    /**
     * Something speaks against it now; looked at again at the deadline.
     *
     * @param ordered whether somebody wants it so, who need not be called
     */
    record Opposed(String reason, boolean ordered, Instant deadline) implements ReturnStage {}

    /**
     * It failed too often: it stays off until somebody releases it.
     *
     * @param stored whether the store has been told; what it says of the quarantine counts only then
     */
    record Quarantined(String reason, boolean stored, Instant deadline) implements ReturnStage {}

    /** Its devices are ordered on and read back. */
    record Ordering(int attempt, Instant deadline) implements ReturnStage {}

    /** The attempt did not bring its power back; the next one follows at the deadline. */
    record Pausing(String reason, Instant deadline) implements ReturnStage {}

    /** Its power reads on; it is to serve again by the deadline. */
    record Rejoining(String detail, Instant deadline) implements ReturnStage {}

    /** A human was told. Tried again at the deadline all the same. */
    record Unanswered(String reason, Instant deadline) implements ReturnStage {}

    /** It serves again. */
    record Restored(Instant at) implements Settled {}

    /** Nobody switches it on, and why. */
    record LeftOff(String reason) implements Settled {}

    /** Another case took the host over. */
    record Overtaken(String reason) implements Settled {}
}
