package io.holdfast.recovery.sim;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.SegmentOrders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An order book that lives as long as this object. Any thread may call it. */
public final class InMemoryOrders implements OrderBook {

    private final Map<SegmentId, SegmentOrders> orders = new HashMap<>();
    private final Map<HostId, List<Note>> notes = new HashMap<>();

    @Override
    public synchronized SegmentOrders orders(SegmentId segment) {
        return orders.getOrDefault(segment, SegmentOrders.NONE);
    }

    @Override
    public synchronized void put(SegmentId segment, SegmentOrders next) {
        orders.put(segment, next);
    }

    @Override
    public synchronized void note(HostId host, Note note) {
        notes.computeIfAbsent(host, unseen -> new ArrayList<>()).add(note);
    }

    @Override
    public synchronized List<Note> notes(HostId host, int limit) {
        return notes.getOrDefault(host, List.of()).reversed().stream()
                .limit(limit)
                .toList();
    }
}
