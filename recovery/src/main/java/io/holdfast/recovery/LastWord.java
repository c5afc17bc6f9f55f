package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a new leader finds of those before it.
 *
 * @param cases that are open, and closed ones with something left to do
 * @param moves planned moves that are open
 * @param marks lines of timelines that the guards look back at
 * @param quarantined hosts, and since when
 */
record LastWord(
        List<CaseJournal.Stored> cases,
        List<MoveJournal.Stored> moves,
        List<CaseJournal.Mark> marks,
        SegmentOrders orders,
        Map<HostId, Instant> quarantined) {

    /**
     * Blocks, and throws an unchecked exception while the store is away.
     *
     * @param since how far back the guards look
     * @return null when somebody was elected later
     */
    static @Nullable LastWord read(
            SegmentId segment,
            LeaderEpoch leader,
            Instant since,
            CaseJournal journal,
            MoveJournal moves,
            OrderBook book,
            Hosts hosts) {
        // Writing nothing at our epoch makes it known: from here on the journal refuses whoever led before, so
        // that what is read next is the old leader's last word.
        if (journal.write(segment, leader, List.of(), List.of()) == CaseJournal.Outcome.STALE_LEADER) {
            return null;
        }
        List<CaseJournal.Mark> marks = journal.marks(segment, since, GuardDesk.MARKS);
        SegmentOrders orders = book.orders(segment);
        Map<HostId, Instant> quarantined = new HashMap<>();
        for (ComputeHost host : hosts.list()) {
            Instant at = host.quarantinedAt();
            if (at != null && host.segment().equals(segment)) {
                quarantined.put(host.id(), at);
            }
        }
        return new LastWord(journal.open(segment), moves.open(segment), marks, orders, quarantined);
    }
}
