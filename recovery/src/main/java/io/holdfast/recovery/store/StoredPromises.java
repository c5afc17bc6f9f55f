package io.holdfast.recovery.store;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CapacityPromise;
import io.holdfast.recovery.PromiseBook;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Table {@code capacity_promise}, one row for each segment. Any thread may call it. */
public final class StoredPromises implements PromiseBook {

    private final Store store;

    public StoredPromises(Store store) {
        this.store = store;
    }

    @Override
    public Optional<CapacityPromise> find(SegmentId segment) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "select state, failures, since, reason from capacity_promise where segment = ?")) {
                select.setString(1, segment.value());
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(new CapacityPromise(
                                    segment,
                                    CapacityPromise.State.valueOf(row.getString(1)),
                                    row.getInt(2),
                                    row.getObject(3, OffsetDateTime.class).toInstant(),
                                    row.getString(4)))
                            : Optional.<CapacityPromise>empty();
                }
            }
        }));
    }

    @Override
    public void put(CapacityPromise promise, @Nullable Fact fact, LeaderEpoch leader) {
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, promise.segment(), leader);
            session.doWork(connection -> {
                try (PreparedStatement upsert = connection.prepareStatement("""
                        insert into capacity_promise (segment, state, failures, since, reason) values (?, ?, ?, ?, ?)
                        on conflict (segment) do update set state = excluded.state, failures = excluded.failures,
                            since = excluded.since, reason = excluded.reason
                        """)) {
                    upsert.setString(1, promise.segment().value());
                    upsert.setString(2, promise.state().name());
                    upsert.setInt(3, promise.failures());
                    upsert.setObject(4, promise.since().atOffset(ZoneOffset.UTC));
                    upsert.setString(5, promise.reason());
                    upsert.executeUpdate();
                }
            });
            if (fact != null) {
                Outbox.append(session, fact);
            }
        });
    }

    @Override
    public void tell(SegmentId segment, Fact fact, LeaderEpoch leader) {
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, segment, leader);
            Outbox.append(session, fact);
        });
    }
}
