package io.holdfast.server.settings;

import static io.holdfast.server.settings.SettingsRecordChecks.assertFullMapping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.agent.health.HealthSettings;
import io.holdfast.server.agent.health.core.HealthLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the agent's file reaches every group of its settings, and every key of what it watches of its host. */
final class AgentSettingsFileTest {

    @TempDir
    Path directory;

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private TlsFiles identity() {
        return new TlsFiles(
                directory.resolve("k.p12"), directory.resolve("t.p12"), SecretFile.of(directory.resolve("p")));
    }

    private Path written(String yaml) throws IOException {
        return Files.writeString(directory.resolve("group.yaml"), yaml);
    }

    @Test
    void aFileReachesEveryGroupOfTheAgentsProcess() throws IOException {
        AgentProcessSettings silent = AgentProcessSettings.defaults();
        assertThat(SettingsLoader.load(written("""
                                state-directory: state
                                host: h1
                                segment: west
                                failure-domains: {rack: r4, pdu: a}
                                tls: {key-store: k.p12, trust-store: t.p12, password-file: p}
                                secrets: {plain: allow}
                                membership: {grace: 11s}
                                agent: {}
                                self-fence: {slot: slots}
                                health: {interval: 2s}
                                """), silent))
                .isEqualTo(new AgentProcessSettings(
                        directory.resolve("state"),
                        "h1",
                        "west",
                        Map.of("rack", "r4", "pdu", "a"),
                        identity(),
                        new SecretSettings(List.of(), PlainSecrets.ALLOW),
                        silent.membership().withGrace(seconds(11)),
                        silent.agent(),
                        watched(directory.resolve("slots")),
                        new HealthSettings(
                                seconds(2),
                                silent.health().diskPaths(),
                                List.of(),
                                List.of(),
                                seconds(30),
                                3,
                                seconds(600),
                                HealthLimits.defaults())));
    }

    @Test
    void aFileReachesEveryKeyOfTheHostsHealth() {
        assertFullMapping(
                directory,
                HealthSettings.defaults(),
                """
                interval: 700ms
                disk-paths: [/var/log, /var]
                interfaces: [bond0]
                restart-libvirt: [systemctl, restart, libvirtd]
                restart-deadline: 20s
                restart-limit: 5
                restart-window: 5m
                limits:
                  libvirt-poor: 510ms
                  libvirt-bad: 2100ms
                  storage-poor: 520ms
                  storage-bad: 2200ms
                  disk-poor-percent: 11
                  disk-bad-percent: 4
                  memory-poor-percent: 12
                  memory-bad-percent: 5
                  stall-poor-percent: 13
                  stall-bad-percent: 41
                  clock-poor: 530ms
                  clock-bad: 6s
                  worse-after: 3
                  better-after: 4
                """,
                new HealthSettings(
                        millis(700),
                        List.of(Path.of("/var/log"), Path.of("/var")),
                        List.of("bond0"),
                        List.of("systemctl", "restart", "libvirtd"),
                        seconds(20),
                        5,
                        seconds(300),
                        new HealthLimits(
                                millis(510),
                                millis(2100),
                                millis(520),
                                millis(2200),
                                11,
                                4,
                                12,
                                5,
                                13,
                                41,
                                millis(530),
                                seconds(6),
                                3,
                                4)));
    }

    @Test
    void aLeaseThatWouldOutliveTheHostsResetIsRefusedAtTheStart() throws IOException {
        Path wrong = written("""
            membership: {session-timeout: 6s, lease-time: 6s}
            self-fence: {mode: watchdog, slot: slots}
            """);
        assertThatThrownBy(() -> SettingsLoader.load(wrong, AgentProcessSettings.defaults()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(
                        "membership.session-timeout (6s) must not be longer than self-fence.watchdog-time (3s) and"
                                + " self-fence.licence (2s) together");
        for (String fits : List.of(
                "membership: {session-timeout: 5s, lease-time: 6s}\nself-fence: {mode: watchdog, slot: slots}\n",
                "membership: {session-timeout: 6s, lease-time: 6s}\nself-fence: {slot: slots}\n")) {
            assertThat(SettingsLoader.load(written(fits), AgentProcessSettings.defaults())
                            .membership()
                            .leaseTime())
                    .isEqualTo(seconds(6));
        }
    }

    private static SelfFenceSettings watched(Path slot) {
        SelfFenceSettings silent = SelfFenceSettings.defaults();
        return new SelfFenceSettings(
                silent.mode(),
                slot,
                silent.slotOffset(),
                silent.watchdog(),
                silent.watchdogTime(),
                silent.licence(),
                silent.slotInterval(),
                silent.slotDeadline(),
                silent.petInterval(),
                silent.drift(),
                silent.margin(),
                silent.trustDevice(),
                silent.disarmOnStop(),
                silent.resetFile());
    }
}
