package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import org.junit.jupiter.api.Test;

abstract class OrderBookContract {

    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

    abstract OrderBook book();

    @Test
    void aSegmentOfWhichNobodyOrderedAnythingIsArmed() {
        assertThat(book().orders(SEGMENT)).isEqualTo(SegmentOrders.NONE);
    }

    @Test
    void theLastOrderHolds() {
        OrderBook book = book();
        SegmentOrders frozen = new SegmentOrders(Armed.FREEZE, "ann/cli: racks", "bob/cli: switch");
        book.put(SEGMENT, frozen);
        assertThat(book.orders(SEGMENT)).isEqualTo(frozen);
        SegmentOrders after = frozen.with(Armed.ARMED, "ann/cli").withMaintenance(null);
        book.put(SEGMENT, after);
        assertThat(book.orders(SEGMENT)).isEqualTo(after);
    }

    @Test
    void notesAreGivenBackNewestFirst() {
        OrderBook book = book();
        for (int i = 1; i <= 3; i++) {
            book.note(H1, new OrderBook.Note(NOW.plusSeconds(i), "held", "reason " + i));
        }
        assertThat(book.notes(H1, 2))
                .containsExactly(
                        new OrderBook.Note(NOW.plusSeconds(3), "held", "reason 3"),
                        new OrderBook.Note(NOW.plusSeconds(2), "held", "reason 2"));
        assertThat(book.notes(HostId.of("h2"), 2)).isEmpty();
    }
}
