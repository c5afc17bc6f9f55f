package io.holdfast.recovery.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the case of a host stands. Each open phase has a deadline, and says what it waits for. */
public sealed interface Phase {

    /** When something happens by itself, at the latest; null only when the case is closed. */
    @Nullable
    Instant deadline();

    /** The stable word: in the journal, in the API, in the runbook. */
    default String word() {
        return switch (this) {
            case Held h -> "HELD";
            case Condemned c -> "CONDEMNED";
            case Confirming c -> "CONFIRMING";
            case Fencing f -> "FENCING";
            case Dumping d -> "DUMPING";
            case FenceBackoff f -> "FENCE_BACKOFF";
            case NeedsOperator n -> "NEEDS_OPERATOR";
            case Fenced f -> "FENCED";
            case Evacuating e -> "EVACUATING";
            case Pardoning p -> "PARDONING";
            case Recovered r -> "RECOVERED";
            case Pardoned p -> "PARDONED";
            case Abandoned a -> "ABANDONED";
        };
    }

    default boolean closed() {
        return this instanceof Recovered || this instanceof Pardoned || this instanceof Abandoned;
    }

    /** Condemned in the store or about to be, and not yet proven isolated. */
    default boolean unproven() {
        return this instanceof Condemned
                || this instanceof Confirming
                || this instanceof Fencing
                || this instanceof Dumping
                || this instanceof FenceBackoff
                || this instanceof NeedsOperator;
    }

    /** Not followed yet: a guard holds it, and the reason begins with its name. Nothing was done to the host. */
    record Held(String reason, Instant deadline, Instant escalateAt) implements Phase {}

    /** Journaled; the store is being told to raise the epoch and take no more claims. */
    record Condemned(Instant deadline) implements Phase {}

    /** Somebody states that they have isolated the host; their word is being journaled as the proof. */
    record Confirming(Instant deadline) implements Phase {}

    /**
     * An attempt to isolate the host is under way.
     *
     * @param attempt from 1; names the attempt, together with the case
     */
    record Fencing(int attempt, Instant deadline) implements Phase {}

    /** It says that it writes its kernel's memory away, or is given the time to say so; the attempt follows at the deadline. */
    record Dumping(int attempt, String reason, Instant deadline) implements Phase {}

    /** The attempt proved nothing; the next one follows at the deadline. */
    record FenceBackoff(int attempt, String reason, Instant deadline) implements Phase {}

    /** A human was told. Tried again at the deadline all the same. */
    record NeedsOperator(int attempt, String reason, Instant deadline) implements Phase {}

    /** Proven isolated; the store is being told, and asked which instances lived there. */
    record Fenced(Proof proof, Instant deadline) implements Phase {}

    /**
     * Instances are being moved.
     *
     * @param planning a plan was asked for and has not been answered
     */
    record Evacuating(Proof proof, boolean planning, Instant deadline) implements Phase {}

    /** The host came back before anything was proven; the store is being told to take it back. */
    record Pardoning(String reason, Instant deadline) implements Phase {}

    /** Closed: no instance of this case is waiting for anything. */
    record Recovered(Proof proof, Instant closedAt) implements Phase {
        @Override
        public @Nullable Instant deadline() {
            return null;
        }
    }

    /** Closed without harm: nothing was moved, and the host keeps its instances. */
    record Pardoned(String reason, Instant closedAt) implements Phase {
        @Override
        public @Nullable Instant deadline() {
            return null;
        }
    }

    /**
     * Closed by somebody who gave it up before anything was proven: the host stays condemned until it returns, and nothing of
     * it is started elsewhere.
     */
    record Abandoned(String reason, Instant closedAt) implements Phase {
        @Override
        public @Nullable Instant deadline() {
            return null;
        }
    }

    /** What the journal remembers of a fence proof. The key itself is made, or restored, by fencing alone. */
    record Proof(String kind, String evidence, Instant at) {}
}
