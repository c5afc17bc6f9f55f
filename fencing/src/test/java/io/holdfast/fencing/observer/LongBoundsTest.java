package io.holdfast.fencing.observer;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.HostId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LongBoundsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    private final LongBounds bounds = new LongBounds(FencingSettings.Slot.defaults());

    private static SlotFact armed(HostId host, int watchdogMillis) {
        return seen(
                host,
                new SelfFenceTerms(
                        "/dev/watchdog", Duration.ofMillis(watchdogMillis), Duration.ofSeconds(2), new UUID(0, 1)));
    }

    private static SlotFact seen(HostId host, @Nullable SelfFenceTerms terms) {
        return new SlotFact.Seen(
                0,
                new Claim(host, "boot-a", Instant.EPOCH),
                new Heartbeat(host, "boot-a", "s", 1, Instant.EPOCH, Duration.ZERO, Duration.ofMillis(500), terms),
                null,
                false,
                null,
                Duration.ZERO,
                true);
    }

    private List<String> news(SlotFact ofH1) {
        return bounds.news(Map.of(H1, ofH1));
    }

    @Test
    void aHostWhoseTimesAreLongerThanAnybodyWaitsIsSaidOnceWithBothSettings() {
        assertThat(news(armed(H1, 3495))).as("a bound of 10 s at the most").isEmpty();
        assertThat(news(armed(H1, 10_000)))
                .containsExactly(
                        "host h1: by its times (self-fence.watchdog-time 10000 ms, self-fence.licence 2000 ms) it has"
                                + " certainly stopped only after 23022 ms of silence, longer than fencing.slot.bound-max (10000"
                                + " ms): no level of self-fence proves anything of it; shorten its times, or raise bound-max and"
                                + " recovery.fence-deadline");
        assertThat(news(armed(H1, 10_000))).isEmpty();
        assertThat(news(new SlotFact.Unreadable("torn"))).isEmpty();
        assertThat(news(armed(H1, 10_000)))
                .as("it was only not seen for a while")
                .isEmpty();
    }

    @Test
    void otherTimesAreSaidAgainAndSoAreTheSameAfterGoodOnes() {
        assertThat(news(armed(H1, 10_000))).hasSize(1);
        assertThat(news(armed(H1, 11_000))).hasSize(1);
        assertThat(news(armed(H1, 3000))).isEmpty();
        assertThat(news(armed(H1, 11_000))).hasSize(1);
        assertThat(news(seen(H1, null))).as("nothing is armed").isEmpty();
        assertThat(news(armed(H1, 11_000))).hasSize(1);
    }

    @Test
    void eachHostIsSaidForItself() {
        Map<HostId, SlotFact> both = new TreeMap<>(Map.of(H1, armed(H1, 10_000), H2, armed(H2, 10_000)));
        assertThat(bounds.news(both)).hasSize(2).first().asString().startsWith("host h1");
        assertThat(bounds.news(both)).isEmpty();
    }
}
