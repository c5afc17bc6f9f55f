package io.holdfast.server.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SegmentId;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.file.RelayedBlocks;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SlotRelayTest {

    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path device() {
        Path path = directory.resolve("slots");
        SlotDevice.create(path, SEGMENT, 4, Instant.EPOCH, LONG);
        return path;
    }

    @Test
    void theDeviceIsReadAsItStandsAndAnewWhenItWasReplaced() throws Exception {
        Path path = device();
        try (SlotRelay relay = new SlotRelay(SlotPlace.of(path), SEGMENT, LONG)) {
            assertThat(RelayedBlocks.reading("h2", relay.read(), SEGMENT)).isInstanceOf(DeviceReading.Read.class);
            Files.write(path, new byte[4096]);
            assertThatThrownBy(relay::read).isInstanceOf(IOException.class);
            Files.delete(path);
            assertThatThrownBy(relay::read).isInstanceOf(IOException.class);
            device();
            assertThat(RelayedBlocks.reading("h2", relay.read(), SEGMENT)).isInstanceOf(DeviceReading.Read.class);
        }
    }

    @Test
    void ofARangeNothingElseIsHandedOn() throws Exception {
        Path disk = Files.write(directory.resolve("disk"), new byte[1 << 20]);
        SlotPlace place = new SlotPlace(disk, 8192);
        SlotDevice.create(place, SEGMENT, 4, Instant.EPOCH, LONG);
        try (SlotRelay relay = new SlotRelay(place, SEGMENT, LONG)) {
            assertThat(RelayedBlocks.reading("h2", relay.read(), SEGMENT)).isInstanceOf(DeviceReading.Read.class);
            assertThat(relay.read().remaining()).isEqualTo((4 * 4 + 1) * 4096);
        }
    }

    @Test
    void noDeviceAndAnotherSegmentsAreNotHandedOn() {
        try (SlotRelay relay = new SlotRelay(SlotPlace.of(directory.resolve("none")), SEGMENT, LONG)) {
            assertThatThrownBy(relay::read).isInstanceOf(IOException.class).hasMessageContaining("none");
        }
        try (SlotRelay relay = new SlotRelay(SlotPlace.of(device()), SegmentId.of("rack-2"), LONG)) {
            assertThatThrownBy(relay::read)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("belongs to segment rack-1, not to rack-2");
        }
    }
}
