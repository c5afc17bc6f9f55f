package io.holdfast.recovery.store;

import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Phase;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Outbox;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Cases in PostgreSQL. Any thread may call it. */
public final class StoredCases implements CaseJournal {

    private final Store store;
    private final CaseDocuments documents = new CaseDocuments();

    public StoredCases(Store store) {
        this.store = store;
    }

    @Override
    public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
        // Before the transaction: a process that does this for the first time may take seconds on a busy machine, and a
        // transaction must not stand still meanwhile.
        List<String> texts =
                writes.stream().map(write -> documents.write(write.state())).toList();
        try {
            store.inTransactionDo(session -> {
                Store.requireLeaderEpoch(session, segment, leader);
                session.doWork(connection -> {
                    for (int i = 0; i < writes.size(); i++) {
                        put(connection, leader, writes.get(i), texts.get(i));
                    }
                });
                // A suspicion was told from memory before; whoever told it may have written it first.
                facts.forEach(fact -> Outbox.appendOnce(session, fact));
            });
            return Outcome.DONE;
        } catch (StaleLeaderException deposed) {
            return Outcome.STALE_LEADER;
        } catch (OtherVersion | ConstraintViolated changed) {
            return Outcome.CONFLICT;
        }
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        return query(
                "select document, version from recovery_case where segment = ? and (closed_at is null or returning_power)"
                        + " order by opened_at, id",
                segment.value());
    }

    @Override
    public Optional<Stored> find(CaseId id) {
        return query("select document, version from recovery_case where id = ?", id.value()).stream()
                .findFirst();
    }

    @Override
    public Optional<Stored> newest(HostId host) {
        return list(host, null, 1).stream().findFirst();
    }

    @Override
    public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
        StringBuilder sql = new StringBuilder("select document, version from recovery_case where true");
        List<Object> values = new ArrayList<>();
        if (host != null) {
            sql.append(" and host = ?");
            values.add(host.value());
        }
        if (open != null) {
            sql.append(open ? " and closed_at is null" : " and closed_at is not null");
        }
        sql.append(" order by opened_at desc, epoch desc, id limit ?");
        values.add(limit);
        return query(sql.toString(), values.toArray());
    }

    @Override
    public List<CaseView.Entry> timeline(CaseId id) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            List<CaseView.Entry> entries = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select at, kind, subject, text from case_event where case_id = ? order by at, seq")) {
                select.setObject(1, id.value());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        entries.add(new CaseView.Entry(
                                rows.getObject(1, OffsetDateTime.class).toInstant(),
                                rows.getString(2),
                                rows.getString(3),
                                rows.getString(4)));
                    }
                }
            }
            return entries;
        }));
    }

    @Override
    public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            List<Mark> marks = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select c.id, c.host, e.at, e.kind, e.text from case_event e join recovery_case c on c.id ="
                            + " e.case_id where c.segment = ? and e.at >= ? and e.kind = any (?) order by e.at, e.seq")) {
                select.setString(1, segment.value());
                select.setObject(2, utc(since));
                select.setArray(3, connection.createArrayOf("text", kinds.toArray()));
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        marks.add(new Mark(
                                CaseId.of(rows.getObject(1, UUID.class)),
                                HostId.of(rows.getString(2)),
                                rows.getObject(3, OffsetDateTime.class).toInstant(),
                                rows.getString(4),
                                rows.getString(5)));
                    }
                }
            }
            return marks;
        }));
    }

    private static void put(Connection connection, LeaderEpoch leader, Write write, String document)
            throws SQLException {
        CaseState state = write.state();
        @Nullable OffsetDateTime closedAt = closedAt(state.phase());
        if (write.expected() == 0) {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into recovery_case (id, segment, host, epoch, phase, leader_epoch, version, document,"
                            + " opened_at, closed_at, returning_power) values (?, ?, ?, ?, ?, ?, 1, ?::jsonb, ?, ?, ?)")) {
                insert.setObject(1, state.id().value());
                insert.setString(2, state.segment().value());
                insert.setString(3, state.host().value());
                insert.setLong(4, state.epoch().value());
                insert.setString(5, state.phase().word());
                insert.setLong(6, leader.value());
                insert.setString(7, document);
                insert.setObject(8, utc(state.openedAt()));
                insert.setObject(9, closedAt);
                insert.setBoolean(10, state.returning());
                insert.executeUpdate();
            }
        } else {
            try (PreparedStatement update = connection.prepareStatement(
                    "update recovery_case set phase = ?, leader_epoch = ?, version = version + 1, document = ?::jsonb,"
                            + " updated_at = now(), closed_at = ?, returning_power = ?"
                            + " where id = ? and version = ? and leader_epoch <= ?")) {
                update.setString(1, state.phase().word());
                update.setLong(2, leader.value());
                update.setString(3, document);
                update.setObject(4, closedAt);
                update.setBoolean(5, state.returning());
                update.setObject(6, state.id().value());
                update.setLong(7, write.expected());
                update.setLong(8, leader.value());
                if (update.executeUpdate() != 1) {
                    throw new OtherVersion();
                }
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into case_event (case_id, seq, at, kind, subject, text) values (?, ?, ?, ?, ?, ?)")) {
            for (CaseStep.Line line : write.lines()) {
                insert.setObject(1, state.id().value());
                insert.setLong(2, line.seq());
                insert.setObject(3, utc(line.at()));
                insert.setString(4, line.kind());
                insert.setString(5, line.subject());
                insert.setString(6, line.text());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private List<Stored> query(String sql, Object... values) {
        return DocumentRow.select(store, sql, values).stream()
                .map(row -> new Stored(documents.read(row.document()), row.version()))
                .toList();
    }

    private static @Nullable OffsetDateTime closedAt(Phase phase) {
        return switch (phase) {
            case Phase.Recovered p -> utc(p.closedAt());
            case Phase.Pardoned p -> utc(p.closedAt());
            case Phase.Abandoned p -> utc(p.closedAt());
            case Phase.Held p -> null;
            case Phase.Condemned p -> null;
            case Phase.Confirming p -> null;
            case Phase.Fencing p -> null;
            case Phase.Dumping p -> null;
            case Phase.FenceBackoff p -> null;
            case Phase.NeedsOperator p -> null;
            case Phase.Fenced p -> null;
            case Phase.Evacuating p -> null;
            case Phase.Pardoning p -> null;
        };
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    /** Ends the transaction; never leaves this class. */
    private static final class OtherVersion extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OtherVersion() {
            super("the case is at another version", null, false, false);
        }
    }
}
