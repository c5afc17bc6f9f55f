package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AgentSettingsTest {

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("listenAddress", " ", "agent.listen-address must not be empty"),
                Arguments.of("port", -1, "agent.port must be between 0 and 65535, is -1"),
                Arguments.of("port", 65_536, "agent.port must be between 0 and 65535, is 65536"),
                Arguments.of("sharedStorage", Path.of("shared"), "agent.shared-storage must be an absolute path"),
                Arguments.of("imagesDirectory", "/images", "agent.images-directory must be a path inside"),
                Arguments.of("imagesDirectory", "../images", "agent.images-directory must be a path inside"),
                Arguments.of("imagesDirectory", "a/../b", "agent.images-directory must be a path inside"),
                Arguments.of("imagesDirectory", "", "agent.images-directory must be a path inside"),
                Arguments.of("instancesDirectory", "images/disks", "must not contain each other"),
                Arguments.of("instancesDirectory", "images", "must not contain each other"),
                Arguments.of("zone", "", "agent.zone must not be empty"),
                Arguments.of("vcpus", -1, "agent.vcpus must be between 0 and 100000, is -1"),
                Arguments.of("memoryMib", -1, "agent.memory-mib must be between 0"),
                Arguments.of("diskGib", -1, "agent.disk-gib must be between 0"),
                Arguments.of("stopGrace", Duration.ofMinutes(11), "agent.stop-grace must be between 0s and 600s"),
                Arguments.of("startsLimit", 0, "agent.starts-limit must be between 1 and 64, is 0"),
                Arguments.of("auditInterval", Duration.ofMillis(999), "agent.audit-interval must be between 1s and"),
                Arguments.of("driverTimeout", Duration.ZERO, "agent.driver-timeout must be between 1s and 300s, is 0s"),
                Arguments.of("keepaliveInterval", Duration.ofMinutes(2), "agent.keepalive-interval must be between"),
                Arguments.of("keepaliveCount", 101, "agent.keepalive-count must be between 1 and 100, is 101"),
                Arguments.of("restartLimit", -1, "agent.restart-limit must be between 0 and 100, is -1"),
                Arguments.of("restartBackoff", Duration.ofMillis(9), "is 9ms"),
                Arguments.of("stableAfter", Duration.ofHours(2), "agent.stable-after must be between 1s and 3600s"),
                Arguments.of("cpuDedicatedSet", "2-x", "agent.cpu-dedicated-set: '2-x' is neither a processor"),
                Arguments.of("pciDevices", Map.of("g pu", "10de:1db4"), "agent.pci-devices: 'g pu' is no alias"),
                Arguments.of("pciDevices", Map.of("gpu", "10de"), "agent.pci-devices.gpu: '10de' is neither"),
                Arguments.of("port", 8776, "agent.port and agent.supervisor.port must not be the same"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsOutOfRangeIsRefusedByItsKey(String component, Object value, String message) {
        assertThatThrownBy(() -> AgentFixtures.with(AgentSettings.defaults(), component, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    static Stream<Arguments> wrongForASupervisor() {
        Path directory = Path.of("/run/x");
        return Stream.of(
                Arguments.of(0, Duration.ZERO, directory, "agent.supervisor.port must be between 1 and 65535, is 0"),
                Arguments.of(65_536, Duration.ZERO, directory, "agent.supervisor.port must be between"),
                Arguments.of(
                        1, Duration.ofMillis(2999), directory, "agent.supervisor.hung-after must be 0s or between"),
                Arguments.of(1, Duration.ofMinutes(11), directory, "is 660000ms"),
                Arguments.of(1, Duration.ofSeconds(-1), directory, "agent.supervisor.hung-after must be"),
                Arguments.of(1, Duration.ZERO, Path.of("run"), "agent.supervisor.directory must be an absolute path"));
    }

    @ParameterizedTest
    @MethodSource("wrongForASupervisor")
    void whatASupervisorCannotUseIsRefusedByItsKey(int port, Duration hungAfter, Path directory, String message) {
        assertThatThrownBy(() -> new SupervisorSettings(port, hungAfter, directory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void defaultsAreAsDocumented() {
        AgentSettings defaults = AgentSettings.defaults();
        assertThat(defaults.port()).isEqualTo(8775);
        assertThat(defaults.virtualization()).isEqualTo(AgentSettings.Virtualization.AUTO);
        assertThat(defaults.diskCache()).isEqualTo(AgentSettings.DiskCache.AUTO);
        assertThat(defaults.driver()).isEqualTo(AgentSettings.Driver.LIBVIRT);
        assertThat(defaults.startsLimit()).isEqualTo(8);
        assertThat(defaults.supervisor())
                .isEqualTo(new SupervisorSettings(8776, Duration.ofSeconds(10), Path.of("/run/holdfast/agent")));
    }
}
