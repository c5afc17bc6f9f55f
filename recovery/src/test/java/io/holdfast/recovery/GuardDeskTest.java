package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What the guards are told that is not in the store. */
class GuardDeskTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant READ = Instant.parse("2026-01-01T12:00:00Z");

    private final GuardDesk desk = new GuardDesk(host -> null, host -> null, () -> "");

    @Test
    void powerThatReadOffPassesGuardsForAFewReadingsOnly() {
        assertThat(desk.isOffNow(H1, READ))
                .as("a new leader waits for a reading of its own")
                .isFalse();
        desk.readsOff(H1, READ);
        assertThat(desk.isOffNow(H1, READ.plusSeconds(14))).isTrue();
        assertThat(desk.isOffNow(H1, READ.plusSeconds(15)))
                .as("somebody may have switched it on since")
                .isFalse();
        desk.readsOff(H1, READ.plusSeconds(35));
        assertThat(desk.isOffNow(H1, READ.plusSeconds(49))).isTrue();
    }
}
