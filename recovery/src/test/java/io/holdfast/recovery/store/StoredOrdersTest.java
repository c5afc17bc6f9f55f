package io.holdfast.recovery.store;

import io.holdfast.recovery.OrderBook;
import io.holdfast.store.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class StoredOrdersTest extends OrderBookContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final StoredOrders orders = new StoredOrders(database.store(List.of()));

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    OrderBook book() {
        return orders;
    }
}
