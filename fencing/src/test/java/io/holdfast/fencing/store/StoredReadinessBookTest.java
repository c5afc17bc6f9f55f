package io.holdfast.fencing.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.ReadinessBook;
import io.holdfast.fencing.ReadinessBookContract;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.testing.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same contract on a real PostgreSQL server. */
final class StoredReadinessBookTest extends ReadinessBookContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());

    @AfterEach
    void giveConnectionsBack() {
        database.close();
    }

    @Override
    protected ReadinessBook book() {
        return new StoredReadinessBook(store);
    }

    @Override
    protected List<String> told() {
        return store.inTransaction(
                session -> session.createNativeQuery("select type from outbox order by seq", String.class)
                        .getResultList());
    }

    @Test
    void survivesAZeroByteInWhatADeviceSaid() {
        FenceCheck.Finding garbled =
                new FenceCheck.Finding(FenceCheck.Subject.POWER, FenceCheck.Grade.FAIL, "garb\0led", Duration.ZERO);
        FenceCheck.Device device = new FenceCheck.Device("d\0", List.of(garbled));
        Instant now = Instant.parse("2026-11-28T12:00:00Z");
        FenceReadiness readiness = new FenceReadiness(
                HostId.of("h1"),
                FenceReadiness.State.DOUBTED,
                now,
                new FenceCheck(now, List.of(new FenceCheck.Level(List.of(device)))));

        book().put(readiness, null, SEGMENT, LeaderEpoch.of(1));

        assertThat(book().find(HostId.of("h1")).orElseThrow().check().trouble()).isEqualTo("d?: garb?led");
    }

    @Test
    void throwsWhenTheDatabaseIsAway() throws Exception {
        ReadinessBook book = book();
        // The pool without its store: what a controller sees when the database has gone.
        ((AutoCloseable) database.dataSource()).close();

        assertThatThrownBy(book::all).isInstanceOf(StoreException.class);
    }
}
