package io.holdfast.fencing;

import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.Objects;

/**
 * The certainty that a host runs nothing: the only key to starting its instances elsewhere.
 *
 * <p>A class and not a record, because a record's constructor would let anybody make one. Proofs are made by
 * the fencer alone: after a reading that said "off", after a host has certainly reset itself or said that its kernel crashed, from the word of somebody who answers for it with their name,
 * or again from the fence journal after a restart.
 */
public final class FenceProof {

    /** Why we may believe it. */
    public enum Kind {
        /** A power device was asked on a new session and read "off". */
        POWER_READ_OFF,
        /**
         * The host has stopped itself: its slot and its lease stood still for the bound that its armed watchdog gives, and it cannot
         * get the right to live any more, because an order to die stands in its slot.
         */
        SELF_FENCED,
        /**
         * The host said, after it was condemned, that its kernel has crashed and writes its memory away: its guests are dead, whatever its power is.
         * Only where the settings take such a message for true.
         */
        KERNEL_CRASHED,
        /** Whoever called force-down states that they have isolated the host; the journal says who. */
        CALLER_STATES_FENCED,
        /**
         * An operator confirmed that the host is dead, after no signal said that it lives but those which they overrode by
         * name; the journal says who, when and why.
         */
        OPERATOR_CONFIRMED;

        /** Whether somebody answers for it, and nothing was read: who did it may be at work on the host. */
        public boolean isWord() {
            return switch (this) {
                case CALLER_STATES_FENCED, OPERATOR_CONFIRMED -> true;
                case POWER_READ_OFF, SELF_FENCED, KERNEL_CRASHED -> false;
            };
        }
    }

    private final HostId host;
    private final HostEpoch epoch;
    private final Kind kind;
    private final String evidence;
    private final Instant at;

    FenceProof(HostId host, HostEpoch epoch, Kind kind, String evidence, Instant at) {
        this.host = Objects.requireNonNull(host, "host is null");
        this.epoch = Objects.requireNonNull(epoch, "epoch is null");
        this.kind = Objects.requireNonNull(kind, "kind is null");
        this.evidence = Objects.requireNonNull(evidence, "evidence is null");
        this.at = Objects.requireNonNull(at, "at is null");
    }

    public HostId host() {
        return host;
    }

    /** The life of the host that is proven to be over. A proof for an older epoch proves nothing about a newer one. */
    public HostEpoch epoch() {
        return epoch;
    }

    public Kind kind() {
        return kind;
    }

    /** For people: which device or whose word. */
    public String evidence() {
        return evidence;
    }

    public Instant at() {
        return at;
    }

    public boolean covers(HostId otherHost, HostEpoch otherEpoch) {
        return host.equals(otherHost) && epoch.equals(otherEpoch);
    }

    /** As it is written into the journal. */
    FenceJournal.Entry entry(CaseId caseId, int attempt, int level, String device, Actor actor) {
        return new FenceJournal.Entry(
                caseId,
                host,
                epoch,
                attempt,
                level,
                device,
                FenceJournal.PROOF,
                kind.name(),
                evidence,
                actor.toString(),
                at);
    }

    @Override
    public String toString() {
        return "proof that " + host + " is isolated at epoch " + epoch + ": " + kind + ", " + evidence;
    }
}
