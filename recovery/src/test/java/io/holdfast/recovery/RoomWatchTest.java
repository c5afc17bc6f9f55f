package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RoomWatchTest {

    private static final Resources LARGE = new Resources(8, 8192, 100);
    private static final Resources SOME = new Resources(1, 1024, 1);

    private final RoomWatch watch = new RoomWatch();

    @Test
    void whateverMakesRoomIsNoticedOnceAndWhatTakesItIsNot() {
        assertThat(watch.seen(List.of(host("h1", true, LARGE, LARGE)))).isEmpty();
        assertThat(watch.seen(List.of(host("h1", true, LARGE, LARGE)))).isEmpty();
        // An instance was deleted there.
        assertThat(watch.seen(List.of(host("h1", true, LARGE, SOME)))).contains("host h1 has more room");
        assertThat(watch.seen(List.of(host("h1", true, LARGE, SOME)))).isEmpty();
        assertThat(watch.seen(List.of(host("h1", true, LARGE, LARGE)))).isEmpty();
        // It got more memory.
        assertThat(watch.seen(List.of(host("h1", true, new Resources(8, 9000, 100), LARGE))))
                .contains("host h1 has more room");
        // Another host joined, was disabled and enabled.
        ComputeHost full = host("h1", true, LARGE, LARGE);
        assertThat(watch.seen(List.of(full, host("h2", true, LARGE, LARGE)))).contains("host h2 takes claims");
        assertThat(watch.seen(List.of(full, host("h2", false, LARGE, LARGE)))).isEmpty();
        assertThat(watch.seen(List.of(full, host("h2", true, LARGE, LARGE)))).contains("host h2 takes claims");
    }

    @Test
    void roomIsNoticedAlsoWhereMoreIsPromisedThanThereIs() {
        Resources small = new Resources(2, 8192, 100);
        assertThat(watch.seen(List.of(host("h1", true, small, new Resources(8, 1024, 1)))))
                .isEmpty();
        assertThat(watch.seen(List.of(host("h1", true, small, new Resources(7, 1024, 1)))))
                .contains("host h1 has more room");
    }

    @Test
    void whoBeganToWaitAnewIsNotToldOfTheRoomThatWasThereBefore() {
        assertThat(watch.seen(List.of(host("h1", true, LARGE, LARGE)))).isEmpty();
        watch.forget();
        assertThat(watch.seen(List.of(host("h1", true, LARGE, SOME)))).isEmpty();
    }

    private static ComputeHost host(String name, boolean enabled, Resources capacity, Resources used) {
        return new ComputeHost(
                HostId.of(name),
                new UUID(1, 1),
                SegmentId.of("s"),
                "zone",
                HostState.SERVING,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot",
                enabled,
                null,
                false,
                "127.0.0.1",
                1,
                capacity,
                used,
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                FailureDomains.NONE,
                null,
                null,
                null);
    }
}
