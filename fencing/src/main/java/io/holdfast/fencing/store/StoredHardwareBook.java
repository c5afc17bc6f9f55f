package io.holdfast.fencing.store;

import io.holdfast.fencing.HardwareBook;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.ZoneOffset;
import java.util.Optional;

/** Table {@code host_hardware}, one row for each host of which something was told. Any thread may call; each call is one transaction. */
public final class StoredHardwareBook implements HardwareBook {

    private final Store store;

    public StoredHardwareBook(Store store) {
        this.store = store;
    }

    @Override
    public Optional<Grade> told(HostId host) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("select grade from host_hardware where host = ?")) {
                select.setString(1, host.value());
                try (ResultSet rows = select.executeQuery()) {
                    return rows.next() ? Optional.of(Grade.valueOf(rows.getString(1))) : Optional.empty();
                }
            }
        }));
    }

    /** @throws io.holdfast.store.StaleLeaderException when the database knows a newer leader */
    @Override
    public void tell(HostId host, Grade grade, Fact fact, SegmentId segment, LeaderEpoch leader) {
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, segment, leader);
            session.doWork(connection -> {
                try (PreparedStatement upsert = connection.prepareStatement("""
                        insert into host_hardware (host, grade, told_at) values (?, ?, ?)
                        on conflict (host) do update set grade = excluded.grade, told_at = excluded.told_at
                        """)) {
                    upsert.setString(1, host.value());
                    upsert.setString(2, grade.name());
                    upsert.setObject(3, fact.at().atOffset(ZoneOffset.UTC));
                    upsert.executeUpdate();
                }
            });
            Outbox.append(session, fact);
        });
    }
}
