package io.holdfast.recovery;

import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may order, and ask, about hosts and segments. All orders are durable or refused when they return; a
 * refusal is a {@link io.holdfast.compute.ComputeException} that says why.
 */
public interface OperatorVerbs {

    /**
     * An operator's word that a host is dead, which becomes the proof. Before it is taken every signal is asked; while one
     * of them says that the host lives the word is refused, unless {@code overridden} names it.
     *
     * @param reason how they know; must not be blank
     * @param overridden signals that are known to be wrong: {@code lease}, {@code group}, {@code probe}, {@code power}
     */
    void confirmDead(HostId host, Actor by, String reason, Set<String> overridden);

    /**
     * Closes a case for good, if nothing of it is under way. A host that is not proven isolated stays condemned until it
     * returns, and nothing of it is started elsewhere.
     */
    void abandon(CaseId id, Actor by, String reason);

    /** Begins or ends an operator's work on a host. When it ends, a case that it held goes on. */
    void maintenance(HostId host, boolean on, Actor by, String reason);

    /** The same for what all hosts of a segment share. */
    void maintenance(SegmentId segment, boolean on, Actor by, String reason);

    /** Switches recovery in a segment off, or on again with {@link Armed#ARMED}. */
    void arm(SegmentId segment, Armed mode, Actor by, String reason);

    /** Ends the quarantine of a host that failed too often. */
    void release(HostId host, Actor by);

    SegmentOrders orders(SegmentId segment);

    /** What was decided about a host without a case, newest first. */
    List<OrderBook.Note> notes(HostId host, int limit);

    /**
     * What would be done if these hosts failed now, all together.
     *
     * @param powerOff as if their power read off; otherwise as if they only fell silent
     */
    WhatIf whatIf(List<HostId> hosts, boolean powerOff);

    /**
     * The plans that are kept for failures of single hosts; none where this controller does not lead.
     *
     * @param plans for so many hosts
     * @param oldest when the one was looked at that was not for the longest time, or null when there is none
     * @param taken how many recoveries have found theirs answered by one, since this controller began
     */
    record Kept(int plans, @Nullable Instant oldest, long taken) {}

    Kept kept();

    /** How a host would be isolated, one line for each rung of its ladder: the levels of fencing, and at last a human. */
    default List<String> fencing(HostId host) {
        return whatIf(List.of(host), false).hosts().getFirst().fencing();
    }
}
