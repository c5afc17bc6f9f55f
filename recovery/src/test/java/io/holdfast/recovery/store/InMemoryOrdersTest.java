package io.holdfast.recovery.store;

import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.sim.InMemoryOrders;

class InMemoryOrdersTest extends OrderBookContract {

    private final InMemoryOrders orders = new InMemoryOrders();

    @Override
    OrderBook book() {
        return orders;
    }
}
