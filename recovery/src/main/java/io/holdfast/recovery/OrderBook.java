package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import java.util.List;

/**
 * What operators ordered for a segment, and what was decided about a host without a case. All verbs block, and throw an
 * unchecked exception when it could not be read or made durable.
 */
public interface OrderBook {

    SegmentOrders orders(SegmentId segment);

    void put(SegmentId segment, SegmentOrders orders);

    /** Appends; never changes what was written before. */
    void note(HostId host, Note note);

    /** Newest first. */
    List<Note> notes(HostId host, int limit);

    /**
     * One decision.
     *
     * @param kind a stable word: {@code held}, {@code ignored}, {@code quarantined}, {@code released}, {@code left}, {@code
     *     maintenance}
     */
    record Note(Instant at, String kind, String text) {}
}
