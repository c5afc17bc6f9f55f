package io.holdfast.fencing.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.HardwareBook;
import io.holdfast.fencing.HardwareBookContract;
import io.holdfast.model.HostId;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same contract on a real PostgreSQL server. */
final class StoredHardwareBookTest extends HardwareBookContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());

    @AfterEach
    void giveConnectionsBack() {
        database.close();
    }

    @Override
    protected HardwareBook book() {
        return new StoredHardwareBook(store);
    }

    @Override
    protected List<String> told() {
        return store.inTransaction(
                session -> session.createNativeQuery("select type from outbox order by seq", String.class)
                        .getResultList());
    }

    @Test
    void throwsWhenTheDatabaseIsAway() throws Exception {
        HardwareBook book = book();
        ((AutoCloseable) database.dataSource()).close();

        assertThatThrownBy(() -> book.told(HostId.of("h1"))).isInstanceOf(StoreException.class);
    }
}
