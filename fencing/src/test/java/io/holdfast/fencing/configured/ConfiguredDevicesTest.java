package io.holdfast.fencing.configured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.HostId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfiguredDevicesTest {

    private static final HostId H1 = HostId.of("h1");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----"})
    void readsAPasswordThatOnlyItsOwnersMayRead(String permissions) throws IOException {
        FenceDevices devices = ConfiguredDevices.of(settings(file("s3cret\n", permissions)));

        assertThat(devices.of(H1)).hasSize(1);
        assertThat(devices.of(H1).getFirst().devices())
                .extracting(FenceDevice::name)
                .containsExactly("ipmi 192.0.2.1:623");
        assertThat(devices.of(HostId.of("h2"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-----w-", "rw-rw----"})
    void refusesAPasswordThatOthersMayReadOrChange(String permissions) throws IOException {
        Path file = file("s3cret\n", permissions);

        assertThatThrownBy(() -> ConfiguredDevices.of(settings(file)))
                .isInstanceOf(FencingException.class)
                .hasMessage("fencing.devices.h1.password-file " + file
                        + " may be read or changed by others; run: chmod 600 " + file);
    }

    @Test
    void refusesAMissingEmptyOrTooLongPasswordWithoutRepeatingIt() throws IOException {
        assertThatThrownBy(() -> ConfiguredDevices.of(settings(directory.resolve("none"))))
                .isInstanceOf(FencingException.class)
                .hasMessageContaining("does not exist");
        Path empty = file("\n", "rw-------");
        assertThatThrownBy(() -> ConfiguredDevices.of(settings(empty))).hasMessageContaining("has 0");
        Path tooLong = file("123456789012345678901", "rw-------");
        assertThatThrownBy(() -> ConfiguredDevices.of(settings(tooLong)))
                .hasMessageContaining("must have 1 to 20 bytes in its first line, has 21")
                .hasMessageNotContaining("1234567890");
    }

    private Path file(String text, String permissions) throws IOException {
        Path file = Files.createTempFile(directory, "password", "");
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static FencingSettings settings(Path passwordFile) {
        FencingSettings defaults = FencingSettings.defaults();
        return new FencingSettings(
                Map.of("h1", new FencingSettings.Ipmi("192.0.2.1", null, "fencer", passwordFile, null, null)),
                Map.of(),
                defaults.callTimeout(),
                defaults.readBackPause(),
                defaults.readBackPauseMax(),
                defaults.ordersMax());
    }
}
