package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Instance;
import io.holdfast.compute.SayAnswer;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.PlannedMove;
import org.jspecify.annotations.Nullable;

/**
 * Watches one invariant. It hears of every change of the world at the moment it happens, and judges by what really is:
 * which process runs where, what the power device did, what was stored and acknowledged. A violation is told by
 * {@link World#violated}.
 */
public interface Checker {

    /** {@code S1} to {@code S12}, {@code L1} to {@code L4}. */
    String invariant();

    default void guestStarted(Host.Guest guest) {}

    /** A guest whose owner counts on its heartbeat has said for the first time in this run that it is healthy. */
    default void guestCameUp(Host.Guest guest) {}

    default void guestEnded(Host.Guest guest) {}

    default void powerChanged(Host host) {}

    /** A power device is about to cut a host's power, because that party ordered it. */
    default void powerCut(Host host, String asker) {}

    /** A host's watchdog resets it: nobody petted it for its time. */
    default void watchdogFired(Host host) {}

    /** A controller sends the order to cut a host's power, or to stop itself, at that leader epoch. */
    default void cutOrdered(Host host, String controller, LeaderEpoch leader) {}

    /** A controller sends the order to give a host its power back, at that leader epoch. */
    default void powerOrdered(Host host, String controller, LeaderEpoch leader) {}

    /** An instance was stored, by a transaction of that party. */
    default void instanceChanged(@Nullable Instance before, Instance after, String by) {}

    default void hostChanged(ComputeHost now, String by) {}

    /** A maintenance or a quarantine of a host begins or ends. */
    default void hostOrdered(ComputeHost now) {}

    /** A transaction in the name of a leader was stored. */
    default void leaderWrote(String controller, LeaderEpoch leader, String what) {}

    /** An agent took an order in the name of a leader. */
    default void agentTook(Host host, LeaderEpoch leader) {}

    default void fenceJournaled(FenceJournal.Entry entry) {}

    default void caseWritten(@Nullable CaseState before, CaseState after) {}

    /** A planned move was stored. */
    default void moveWritten(PlannedMove move) {}

    /** A subscriber was told; operators are the project {@code null}. */
    default void told(@Nullable ProjectId subscriber, Fact fact) {}

    /** An owner or operator got the answer "done". */
    default void acknowledged(Wish wish) {}

    /** An owner asked and got no answer: it may be done or not. */
    default void unsure(Wish wish) {}

    /** The leader tells that it suspects a host. */
    default void suspected(HostId host, String by) {}

    /** An operator's word that a host is down, right or wrong, was sent. */
    default void wordGiven(HostId host, boolean fenced) {}

    /** That word was refused, and nothing comes of it. */
    default void wordRefused(HostId host) {}

    /**
     * A consumer says what becomes of an instance.
     *
     * @param only the one host that it names, or null
     * @param acknowledged whether it was told that it was heard; it is heard of before that, too
     */
    default void said(InstanceId instance, SayAnswer answer, @Nullable HostId only, boolean acknowledged) {}

    /** Faults end; from now on liveness counts. */
    default void healed() {}

    /** The world ends. */
    default void ended() {}

    /** Whether nothing that this checker waits for is still open, so that the world may end early. */
    default boolean content() {
        return true;
    }
}
