package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.HostId;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What membership is told of a slot. */
final class WatchedSlotsTest {

    private static final HostId H1 = HostId.of("h1");

    private static SlotFact seen(@Nullable Heartbeat beat, long unchangedMillis) {
        return new SlotFact.Seen(
                1,
                new Claim(H1, "boot", Instant.EPOCH),
                beat,
                null,
                false,
                null,
                Duration.ofMillis(unchangedMillis),
                true);
    }

    private static Map<HostId, SlotSign> signs(SlotFact fact) {
        return WatchedSlots.signs(Map.of(H1, fact), FencingSettings.Slot.defaults());
    }

    @Test
    void aSlotIsStillWhenThreeHeartbeatsWereMissedAndGivesNoSignBeforeTheFirst() {
        Heartbeat beat = new Heartbeat(H1, "boot", "s", 1, Instant.EPOCH, Duration.ZERO, Duration.ofMillis(500), null);
        assertThat(signs(seen(beat, 1750))).containsEntry(H1, new SlotSign.Beating("boot"));
        assertThat(signs(seen(beat, 1751))).containsEntry(H1, new SlotSign.Still("boot", Duration.ofMillis(1751)));
        assertThat(signs(new SlotFact.Unreadable("torn"))).containsEntry(H1, new SlotSign.Unreadable("torn"));
        assertThat(signs(seen(null, 0))).isEmpty();
    }
}
