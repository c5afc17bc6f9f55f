package io.holdfast.fencing.configured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.model.HostId;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfiguredDevicesTest {

    private static final HostId H1 = HostId.of("h1");

    /** An authority of nobody's, valid for a hundred years. */
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBcDCCARegAwIBAgIUfMXNXI6uYNBxFDlf+vwjMhdXYiQwCgYIKoZIzj0EAwIw
            DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI4MTkxMDU2WhgPMjEyNjExMDQxOTEwNTZa
            MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwzpFNI1t
            yQsfGJKaRgs2zW4JQFdr90JZ/O0S+G+gb0SOHBMPk+eoxdDKFeCSBW4zT81U8h5Y
            LksEzwYljHaG66NTMFEwHQYDVR0OBBYEFNcArcOJ9Y+1Hk7B/prA2txfR+YMMB8G
            A1UdIwQYMBaAFNcArcOJ9Y+1Hk7B/prA2txfR+YMMA8GA1UdEwEB/wQFMAMBAf8w
            CgYIKoZIzj0EAwIDRwAwRAIgD8YZDwu87ctwVCr/fj9C6gpLyLwQemsl2kn6lMUb
            p3cCIAU2oBSVorBWffT97rUQfdFdwmc66cIN0Q9KKfsoEbzO
            -----END CERTIFICATE-----
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----"})
    void readsAPasswordThatOnlyItsOwnersMayRead(String permissions) throws IOException {
        FenceDevices devices = devices(settings(file("s3cret\n", permissions)));

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

        assertThatThrownBy(() -> devices(settings(file)))
                .isInstanceOf(SecretException.class)
                .hasMessage("fencing.devices.h1.password-file " + file
                        + " may be read or changed by others; run: chmod 600 " + file);
    }

    @Test
    void refusesAMissingEmptyOrTooLongPasswordWithoutRepeatingIt() throws IOException {
        assertThatThrownBy(() -> devices(settings(directory.resolve("none"))))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("does not exist");
        Path empty = file("\n", "rw-------");
        assertThatThrownBy(() -> devices(settings(empty))).hasMessageContaining("has 0");
        Path tooLong = file("123456789012345678901", "rw-------");
        assertThatThrownBy(() -> devices(settings(tooLong)))
                .hasMessageContaining("must have 1 to 20 bytes in its first line, has 21")
                .hasMessageNotContaining("1234567890");
    }

    @ParameterizedTest
    @ValueSource(strings = {"K_g", "0x00", "0x6b5f672d6f662d7468652d424d430000deadbeef", "twenty-bytes-exactly"})
    void readsABmcKeyAsTextOrDigits(String key) throws IOException {
        FencingSettings settings = withKey(file("s3cret\n", "rw-------"), file(key + "\n", "rw-------"));

        assertThat(devices(settings).all()).containsOnlyKeys("h1");
    }

    @ParameterizedTest
    @CsvSource({
        "0x, has 0",
        "0x6b5f672d6f662d7468652d424d430000deadbeef00, has 21",
        "0xabc, hexadecimal digits in pairs must follow",
        "0xyz, hexadecimal digits in pairs must follow",
        "123456789012345678901, has 21"
    })
    void refusesABmcKeyThatIsNoneWithoutRepeatingIt(String key, String message) throws IOException {
        Path password = file("s3cret\n", "rw-------");
        Path keyFile = file(key + "\n", "rw-------");

        assertThatThrownBy(() -> devices(withKey(password, keyFile)))
                .isInstanceOfAny(FencingException.class, SecretException.class)
                .hasMessageStartingWith("fencing.devices.h1.bmc-key-file " + keyFile)
                .hasMessageContaining(message)
                .hasNoCause()
                .satisfies(refusal -> assertThat(
                                key.length() < 3 || !refusal.getMessage().contains(key))
                        .isTrue());
        assertThatThrownBy(() -> devices(withKey(password, file(key, "rw-r--r--"))))
                .hasMessageContaining("may be read or changed by others");
    }

    @Test
    void makesARedfishDeviceThatBelievesACertificateOrAnAuthority() throws IOException {
        Path password = file("s3cret\n", "rw-------");
        Path authority = file(CERTIFICATE, "rw-r--r--");

        assertThat(devices(settings(redfish(password, "0a".repeat(32), null)))
                        .all()
                        .get("h1"))
                .hasToString("redfish 192.0.2.1:443 system node-1");
        assertThat(devices(settings(redfish(password, null, authority))).all().get("h1"))
                .hasToString("redfish 192.0.2.1:443 system node-1");
    }

    @Test
    void refusesAnAuthorityThatIsMissingOrNone() throws IOException {
        Path password = file("s3cret\n", "rw-------");
        Path missing = directory.resolve("ca.pem");
        Path empty = file("", "rw-r--r--");
        Path other = file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "rw-r--r--");

        assertThatThrownBy(() -> devices(settings(redfish(password, null, missing))))
                .isInstanceOf(FencingException.class)
                .hasMessage("fencing.devices.h1.ca-file " + missing + " does not exist");
        assertThatThrownBy(() -> devices(settings(redfish(password, null, empty))))
                .isInstanceOf(FencingException.class)
                .hasMessage("fencing.devices.h1.ca-file " + empty + " holds no certificate");
        assertThatThrownBy(() -> devices(settings(redfish(password, null, other))))
                .isInstanceOf(FencingException.class)
                .hasMessageStartingWith("fencing.devices.h1.ca-file " + other + " cannot be read: ");
    }

    @Test
    void refusesAPasswordOfARedfishDeviceThatIsTooLong() throws IOException {
        Path tooLong = file("x".repeat(257), "rw-------");

        assertThatThrownBy(() -> devices(settings(redfish(tooLong, "0a".repeat(32), null))))
                .hasMessage("fencing.devices.h1.password-file " + tooLong
                        + " must have 1 to 256 bytes in its first line, has 257");
    }

    private static FenceDevices devices(FencingSettings settings) {
        return ConfiguredDevices.of(settings, SecretReader.ofCommand(Map.of()));
    }

    private static FencingSettings.Device redfish(Path passwordFile, @Nullable String pin, @Nullable Path authority) {
        return new FencingSettings.Redfish(
                "192.0.2.1", null, "fencer", SecretFile.of(passwordFile), pin, authority, "node-1", null);
    }

    private static FencingSettings withKey(Path password, Path key) {
        return settings(new FencingSettings.Ipmi(
                "192.0.2.1", null, "fencer", SecretFile.of(password), SecretFile.of(key), null, null));
    }

    private Path file(String text, String permissions) throws IOException {
        Path file = Files.createTempFile(directory, "password", "");
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static FencingSettings settings(Path passwordFile) {
        return settings(
                new FencingSettings.Ipmi("192.0.2.1", null, "fencer", SecretFile.of(passwordFile), null, null, null));
    }

    private static FencingSettings settings(FencingSettings.Device device) {
        FencingSettings defaults = FencingSettings.defaults();
        return new FencingSettings(
                Map.of("h1", device),
                Map.of(),
                defaults.agents(),
                defaults.callTimeout(),
                defaults.readBackPause(),
                defaults.readBackPauseMax(),
                defaults.ordersMax(),
                defaults.checkInterval(),
                FencingSettings.Slot.defaults(),
                KdumpSettings.none(),
                SensorSettings.defaults());
    }
}
