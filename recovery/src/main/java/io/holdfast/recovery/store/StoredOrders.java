package io.holdfast.recovery.store;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Orders and notes in PostgreSQL: tables {@code segment_order} and {@code host_note}. Any thread may call it. */
public final class StoredOrders implements OrderBook {

    private final Store store;

    public StoredOrders(Store store) {
        this.store = store;
    }

    @Override
    public SegmentOrders orders(SegmentId segment) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "select armed, armed_why, maintenance from segment_order where segment = ?")) {
                select.setString(1, segment.value());
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? new SegmentOrders(Armed.valueOf(row.getString(1)), row.getString(2), row.getString(3))
                            : SegmentOrders.NONE;
                }
            }
        }));
    }

    @Override
    public void put(SegmentId segment, SegmentOrders orders) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (PreparedStatement upsert = connection.prepareStatement("""
                    insert into segment_order (segment, armed, armed_why, maintenance) values (?, ?, ?, ?)
                    on conflict (segment) do update set armed = excluded.armed, armed_why = excluded.armed_why,
                        maintenance = excluded.maintenance, updated_at = now()
                    """)) {
                upsert.setString(1, segment.value());
                upsert.setString(2, orders.armed().name());
                upsert.setString(3, orders.why());
                upsert.setString(4, orders.maintenance());
                upsert.executeUpdate();
            }
        }));
    }

    @Override
    public void note(HostId host, Note note) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into host_note (host, at, kind, text) values (?, ?, ?, ?)")) {
                insert.setString(1, host.value());
                insert.setObject(2, note.at().atOffset(ZoneOffset.UTC));
                insert.setString(3, note.kind());
                insert.setString(4, note.text());
                insert.executeUpdate();
            }
        }));
    }

    @Override
    public List<Note> notes(HostId host, int limit) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            List<Note> notes = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select at, kind, text from host_note where host = ? order by id desc limit ?")) {
                select.setString(1, host.value());
                select.setInt(2, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        notes.add(new Note(
                                rows.getObject(1, OffsetDateTime.class).toInstant(),
                                rows.getString(2),
                                rows.getString(3)));
                    }
                }
            }
            return notes;
        }));
    }
}
