package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FencingSettings.Agent;
import io.holdfast.fencing.FencingSettings.Agents;
import io.holdfast.fencing.FencingSettings.Ipmi;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.FencingSettings.Privilege;
import io.holdfast.fencing.FencingSettings.Redfish;
import io.holdfast.model.SecretFile;
import io.holdfast.slot.SlotPlace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FencingSettingsTest {

    @Test
    void pinsTheDefaults() {
        assertThat(FencingSettings.defaults())
                .isEqualTo(new FencingSettings(
                        Map.of(),
                        Map.of(),
                        Agents.defaults(),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(50),
                        Duration.ofMillis(500),
                        3,
                        Duration.ofMinutes(10),
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()));
        Ipmi device = new Ipmi("192.0.2.1", null, "fencer", SecretFile.of(Path.of("p")), null, null, null);
        assertThat(device.portOrDefault()).isEqualTo(623);
        assertThat(device.cipherSuiteOrDefault()).isEqualTo(3);
        assertThat(device.privilegeOrDefault()).isEqualTo(Privilege.OPERATOR);
        Redfish redfish = redfish("192.0.2.1", null, "fencer", PIN, null, null);
        assertThat(redfish.portOrDefault()).isEqualTo(443);
        assertThat(redfish.loginOrDefault()).isEqualTo(Login.SESSION);
        assertThat(redfish.authority()).isEqualTo("192.0.2.1:443");
        assertThat(redfish("2001:db8::1", 8443, "fencer", PIN, null, null).authority())
                .isEqualTo("[2001:db8::1]:8443");
    }

    @ParameterizedTest
    @CsvSource({
        "100, 50, 500, 3, 'fencing.call-timeout must be between 200ms and 60s, is 100ms'",
        "3000, 5, 500, 3, 'fencing.read-back-pause must be between 10ms and 10s, is 5ms'",
        "3000, 50, 40, 3, 'fencing.read-back-pause-max must be between 50ms and 30s, is 40ms'",
        "3000, 50, 500, 0, 'fencing.orders-max must be between 1 and 10, is 0'"
    })
    void refusesAValueOutsideItsRangeByTheKeysName(long call, long pause, long pauseMax, int orders, String message) {
        assertThatThrownBy(() -> new FencingSettings(
                        Map.of(),
                        Map.of(),
                        Agents.defaults(),
                        Duration.ofMillis(call),
                        Duration.ofMillis(pause),
                        Duration.ofMillis(pauseMax),
                        orders,
                        Duration.ZERO,
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "' ', 623, fencer, 3, 'fencing.devices.*.address must not be empty'",
        "https://192.0.2.1, 623, fencer, 3,"
                + " 'fencing.devices.*.address must be an IP address or a name, is ''https://192.0.2.1'''",
        "192.0.2.1, 0, fencer, 3, 'fencing.devices.*.port must be between 1 and 65535, is 0'",
        "192.0.2.1, 623, a-name-of-17-chars, 3,"
                + " 'fencing.devices.*.user must have 1 to 16 bytes, is ''a-name-of-17-chars'''",
        "192.0.2.1, 623, fencer, 4, 'fencing.devices.*.cipher-suite must be 3 or 17, is 4'"
    })
    void refusesADeviceThatCannotWork(
            String address, @Nullable Integer port, String user, @Nullable Integer suite, String message) {
        assertThatThrownBy(() -> new Ipmi(address, port, user, SecretFile.of(Path.of("p")), null, suite, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static final String PIN = "0a".repeat(32);

    private static Redfish redfish(
            String address,
            @Nullable Integer port,
            String user,
            @Nullable String pin,
            @Nullable Path ca,
            @Nullable String system) {
        return new Redfish(address, port, user, SecretFile.of(Path.of("p")), pin, ca, system, null);
    }

    @ParameterizedTest
    @CsvSource({
        "' ', 443, fencer, true, , 'fencing.devices.*.address must not be empty'",
        "u@h, 443, fencer, true, , 'fencing.devices.*.address must be an IP address or a name, is ''u@h'''",
        "bmc_1, 443, fencer, true, , 'fencing.devices.*.address must be an IP address or a name of letters, digits, dots and"
                + " hyphens, is ''bmc_1'''",
        "1:2, 443, fencer, true, , 'fencing.devices.*.address must be an IP address or a name of letters, digits, dots and"
                + " hyphens, is ''[1:2]'''",
        "192.0.2.1, 65536, fencer, true, , 'fencing.devices.*.port must be between 1 and 65535, is 65536'",
        "192.0.2.1, 443, a:b, true, ,"
                + " 'fencing.devices.*.user must have 1 to 64 characters without a colon, is ''a:b'''",
        "192.0.2.1, 443, fencer, true, ' ', 'fencing.devices.*.system must not be empty'",
        "192.0.2.1, 443, fencer, false, , 'fencing.devices.* of type redfish needs exactly one of"
                + " certificate-sha256 and ca-file, has none'"
    })
    void refusesARedfishDeviceThatCannotWork(
            String address,
            @Nullable Integer port,
            String user,
            boolean pinned,
            @Nullable String system,
            String message) {
        assertThatThrownBy(() -> redfish(address, port, user, pinned ? PIN : null, null, system))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void takesAFingerprintAsOpensslPrintsIt() {
        String printed = "0A:".repeat(31) + "0A";
        assertThat(redfish("h", null, "fencer", printed, null, null).certificateSha256())
                .isEqualTo(PIN);
        assertThatThrownBy(() -> redfish("h", null, "fencer", PIN + "0", null, null))
                .hasMessage("fencing.devices.*.certificate-sha256 must be 64 hexadecimal digits, is '" + PIN + "0'");
        assertThatThrownBy(() -> redfish("h", null, "fencer", PIN, Path.of("ca"), null))
                .hasMessage("fencing.devices.* of type redfish needs exactly one of certificate-sha256 and ca-file,"
                        + " has both");
    }

    @ParameterizedTest
    @CsvSource({
        "ipmilan, ip, 'fencing.devices.*.agent must be the name of a fence agent, fence_ and small letters, is ''ipmilan'''",
        "fence_../x, ip, 'fencing.devices.*.agent must be the name of a fence agent, fence_ and small letters, is ''fence_../x'''",
        "fence_dummy, action, 'fencing.devices.*.options and .secrets: ''action'' is no parameter that may be set'",
        "fence_dummy, 'a=b', 'fencing.devices.*.options and .secrets: ''a=b'' is no parameter that may be set'",
        "fence_dummy, key, 'fencing.devices.*.options.key is among the secrets too; remove one of the two'",
        "fence_dummy, password,"
                + " 'fencing.devices.*.options.password is a secret; write it into a file and name that under secrets'",
        "fence_dummy, snmp_priv_passwd, 'fencing.devices.*.options.snmp_priv_passwd is a secret; write it into a file"
                + " and name that under secrets'"
    })
    void refusesAnAgentThatCannotWork(String agent, String option, String message) {
        assertThatThrownBy(() -> new Agent(agent, Map.of(option, "x"), Map.of("key", SecretFile.of(Path.of("k")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void refusesAnOptionThatWouldBeSeveralLines() {
        assertThatThrownBy(() -> new Agent("fence_dummy", Map.of("ip", "h\naction=on"), Map.of()))
                .hasMessage("fencing.devices.*.options.ip must be one line without control characters");
    }

    private static FencingSettings selfFencing(@Nullable Path slots, @Nullable Duration deadline, Duration boundMax) {
        FencingSettings defaults = FencingSettings.defaults();
        FencingSettings.Slot slot = defaults.slot();
        return new FencingSettings(
                Map.of(
                        "h1", new Ipmi("192.0.2.1", null, "fencer", SecretFile.of(Path.of("p")), null, null, null),
                        "stops", new FencingSettings.SelfFence()),
                Map.of(
                        "h*",
                        List.of(
                                new FencingSettings.Level(List.of("{host}"), null, null, null),
                                new FencingSettings.Level(List.of("stops"), null, null, deadline))),
                defaults.agents(),
                defaults.callTimeout(),
                defaults.readBackPause(),
                defaults.readBackPauseMax(),
                defaults.ordersMax(),
                defaults.checkInterval(),
                new FencingSettings.Slot(
                        slots,
                        0,
                        slot.lookInterval(),
                        slot.deadline(),
                        slot.drift(),
                        slot.margin(),
                        boundMax,
                        slot.read()),
                KdumpSettings.none(),
                SensorSettings.defaults());
    }

    @Test
    void aLevelOfSelfFenceHasItsOwnTimeAndTheDefaultsFitTogether() {
        Duration ten = Duration.ofSeconds(10);
        FencingSettings defaults = selfFencing(Path.of("slots"), null, ten);
        assertThat(defaults.levels().get("h*").get(1).deadline()).isEqualTo(Duration.ofSeconds(12));
        assertThat(defaults.levels().get("h*").get(0).deadline()).isNull();
        defaults.requireWithin("recovery.fence-deadline", Duration.ofSeconds(15));

        assertThatThrownBy(() -> selfFencing(Path.of("slots"), null, Duration.ofMillis(10_500))
                        .requireWithin("recovery.fence-deadline", Duration.ofSeconds(15)))
                .hasMessage("fencing.levels.h* takes up to 15500ms, with a level of self-fence that waits for"
                        + " fencing.slot.bound-max (10500ms), more than recovery.fence-deadline (15s)");
        assertThatThrownBy(() -> selfFencing(Path.of("slots"), Duration.ofSeconds(9), ten))
                .hasMessageContaining("fencing.levels.h*: the deadline of a level of self-fence (9s) must not be below"
                        + " fencing.slot.bound-max (10s)");
        assertThatThrownBy(() -> selfFencing(null, null, ten)).hasMessageContaining("fencing.slot.path is missing");
    }

    /** Three looks of 250 ms and 100 ms more. */
    @Test
    void aLevelOfSelfFenceHasTimeForTheLooksThatProve() {
        Duration ten = Duration.ofSeconds(10);
        assertThatThrownBy(() -> selfFencing(Path.of("slots"), Duration.ofMillis(10_849), ten))
                .hasMessage(
                        "fencing.levels.h*: the deadline of a level of self-fence (10849ms) must not be below 10850ms,"
                                + " fencing.slot.bound-max (10s) and three times fencing.slot.look-interval (250ms): it would end"
                                + " before this controller has looked often enough; shorten look-interval, or give the level a"
                                + " longer deadline");
        assertThat(selfFencing(Path.of("slots"), Duration.ofMillis(10_850), ten)
                        .levels()
                        .get("h*")
                        .get(1)
                        .deadline())
                .isEqualTo(Duration.ofMillis(10_850));
        assertThat(FencingSettings.Slot.defaults().looks()).isEqualTo(Duration.ofMillis(850));
    }

    @ParameterizedTest
    @CsvSource({
        "40, 1000, 0.001, 1000, 10000, fencing.slot.look-interval must be between 50ms and 10s",
        "250, 40, 0.001, 1000, 10000, fencing.slot.deadline must be between 50ms and 60s",
        "250, 1000, 0.06, 1000, 10000, fencing.slot.drift must be between 0 and 0.05",
        "250, 1000, 0.001, 90, 10000, fencing.slot.margin must be between 100ms and 300s",
        "250, 1000, 0.001, 1000, 3999, fencing.slot.bound-max must be between 4s and 3600s"
    })
    void refusesTimesOfSlotsThatMakeNoSense(
            int look, int deadline, double drift, int margin, int bound, String message) {
        assertThatThrownBy(() -> new FencingSettings.Slot(
                        null,
                        0,
                        Duration.ofMillis(look),
                        Duration.ofMillis(deadline),
                        drift,
                        Duration.ofMillis(margin),
                        Duration.ofMillis(bound),
                        FencingSettings.Slot.Read.SELF))
                .hasMessageStartingWith(message);
    }

    /** What agents read proves nothing: a level that rests on slots needs a controller that reads them. */
    @Test
    void whoReadsTheSlotsItselfHasThemReadByNobodyElse() {
        FencingSettings.Slot defaults = FencingSettings.Slot.defaults();
        assertThat(defaults.read()).isEqualTo(FencingSettings.Slot.Read.SELF);
        assertThatThrownBy(() -> reading(Path.of("/srv/shared/slots"), FencingSettings.Slot.Read.AGENTS)
                        .requireOneReader())
                .hasMessageStartingWith("fencing.slot.read is 'agents' and fencing.slot.path is /srv/shared/slots:");
        FencingSettings.Slot agents = reading(null, FencingSettings.Slot.Read.AGENTS);
        agents.requireOneReader();
        assertThat(agents.read()).isEqualTo(FencingSettings.Slot.Read.AGENTS);
    }

    private static FencingSettings.Slot reading(@Nullable Path path, FencingSettings.Slot.Read read) {
        return place(path, 0, read);
    }

    @Test
    void aPlaceInADeviceNeedsTheDeviceAndIsAMultipleOfABlock() {
        Path disk = Path.of("/dev/mapper/ha");
        assertThat(place(disk, 1 << 20, FencingSettings.Slot.Read.SELF).place())
                .isEqualTo(new SlotPlace(disk, 1 << 20));
        assertThat(FencingSettings.Slot.defaults().place()).isNull();
        assertThatThrownBy(() -> place(null, 4096, FencingSettings.Slot.Read.SELF))
                .hasMessageStartingWith("fencing.slot.offset is 4096 and fencing.slot.path is missing");
        assertThatThrownBy(() -> place(disk, 4097, FencingSettings.Slot.Read.SELF))
                .hasMessage("fencing.slot.offset must be a multiple of 4096 from 0 to 2^60, is 4097");
        assertThatThrownBy(() -> place(disk, -4096, FencingSettings.Slot.Read.SELF))
                .hasMessageStartingWith("fencing.slot.offset must be");
    }

    private static FencingSettings.Slot place(@Nullable Path path, long offset, FencingSettings.Slot.Read read) {
        FencingSettings.Slot defaults = FencingSettings.Slot.defaults();
        return new FencingSettings.Slot(
                path,
                offset,
                defaults.lookInterval(),
                defaults.deadline(),
                defaults.drift(),
                defaults.margin(),
                defaults.boundMax(),
                read);
    }
}
