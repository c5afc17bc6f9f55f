package io.holdfast.recovery.store;

import io.holdfast.model.Fact;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Outbox;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Planned moves in PostgreSQL: table {@code planned_move}. Any thread may call it. */
public final class StoredMoves implements MoveJournal {

    private final Store store;
    private final MoveDocuments documents = new MoveDocuments();

    public StoredMoves(Store store) {
        this.store = store;
    }

    @Override
    public Outcome write(LeaderEpoch leader, PlannedMove move, long expected, List<Fact> facts) {
        String document = documents.write(move);
        try {
            return store.inTransaction(session -> {
                Store.requireLeaderEpoch(session, move.segment(), leader);
                boolean written = session.doReturningWork(connection -> expected == 0
                        ? insert(connection, leader, move, document)
                        : update(connection, leader, move, expected, document));
                if (written) {
                    facts.forEach(fact -> Outbox.appendOnce(session, fact));
                }
                return written ? Outcome.DONE : Outcome.CONFLICT;
            });
        } catch (StaleLeaderException deposed) {
            return Outcome.STALE_LEADER;
        } catch (ConstraintViolated another) {
            return Outcome.CONFLICT;
        }
    }

    private static boolean insert(Connection connection, LeaderEpoch leader, PlannedMove move, String document)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into planned_move (id, segment, instance, stage, leader_epoch, version, document, opened_at, settled)"
                        + " values (?, ?, ?, ?, ?, 1, ?::jsonb, ?, ?)")) {
            insert.setObject(1, move.id());
            insert.setString(2, move.segment().value());
            insert.setObject(3, move.instance().value());
            insert.setString(4, move.stage().word());
            insert.setLong(5, leader.value());
            insert.setString(6, document);
            insert.setObject(7, move.openedAt().atOffset(ZoneOffset.UTC));
            insert.setBoolean(8, move.settled());
            return insert.executeUpdate() == 1;
        }
    }

    private static boolean update(
            Connection connection, LeaderEpoch leader, PlannedMove move, long expected, String document)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update planned_move set stage = ?, leader_epoch = ?, version = version + 1, document = ?::jsonb,"
                        + " updated_at = now(), settled = ? where id = ? and version = ? and leader_epoch <= ?")) {
            update.setString(1, move.stage().word());
            update.setLong(2, leader.value());
            update.setString(3, document);
            update.setBoolean(4, move.settled());
            update.setObject(5, move.id());
            update.setLong(6, expected);
            update.setLong(7, leader.value());
            return update.executeUpdate() == 1;
        }
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        return query(
                "select document, version from planned_move where segment = ? and not settled order by opened_at, id",
                segment.value());
    }

    @Override
    public Optional<Stored> find(UUID id) {
        return query("select document, version from planned_move where id = ?", id).stream()
                .findFirst();
    }

    @Override
    public List<Stored> list(@Nullable InstanceId instance, int limit) {
        String order = " order by opened_at desc, id limit ?";
        return instance == null
                ? query("select document, version from planned_move" + order, limit)
                : query(
                        "select document, version from planned_move where instance = ?" + order,
                        instance.value(),
                        limit);
    }

    private List<Stored> query(String sql, Object... values) {
        return DocumentRow.select(store, sql, values).stream()
                .map(row -> new Stored(documents.read(row.document()), row.version()))
                .toList();
    }
}
