package io.holdfast.server.settings;

import static io.holdfast.server.settings.SettingsRecordChecks.assertFullMapping;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.NetworkSettings;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthState;
import io.holdfast.membership.health.Reaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a file reaches every key of what both processes know of membership. */
final class MembershipSettingsFileTest {

    @TempDir
    Path directory;

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Test
    void aFileReachesEveryKeyOfMembership() {
        assertFullMapping(
                directory,
                MembershipSettings.defaults(),
                """
                connect-string: zk1:2181,zk2:2181
                zookeeper-port: 2281
                bind-address: 192.0.2.10
                session-timeout: 1500ms
                group-port: 7900
                group-hosts: ["192.0.2.11:7900"]
                networks:
                  storage: {bind-address: 198.51.100.10, group-port: 7820, group-hosts: ["198.51.100.11:7820"]}
                  tenant:
                cut:
                  observers: 7
                  high-mark: 6
                  low-mark: 2
                  report-interval: 400ms
                  report-time: 1300ms
                  agree-time: 600ms
                  score-limit: 2
                heartbeat-interval: 110ms
                heartbeat-timeout: 360ms
                verify-timeout: 120ms
                lease-time: 3100ms
                group-time: 3200ms
                probe-time: 2100ms
                hang-time: 2250ms
                probe-timeout: 310ms
                power-timeout: 2200ms
                ask-time: 210ms
                inquiry-interval: 160ms
                agent-silence: 3300ms
                grace: 11s
                settle-time: 3400ms
                tick-interval: 60ms
                pause-limit: 410ms
                share-window: 12s
                max-share: 0.4
                slot-time: 2500ms
                verdict-repeat: 6s
                health:
                  - {name: well, when: "lease held, networks all|some", state: alive, says: all is well}
                  - name: off
                    when: networks missing|none|unknown, power off
                    state: lost
                    reactions: [tell, stop-placing, fence]
                    says: power reads off
                  - {name: rest, when: anything, state: suspected, reactions: [tell, stop-placing], says: a signal is missing}
                """,
                new MembershipSettings(
                        "zk1:2181,zk2:2181",
                        2281,
                        "192.0.2.10",
                        millis(1500),
                        7900,
                        List.of("192.0.2.11:7900"),
                        Map.of(
                                new Network("storage"),
                                new NetworkSettings("198.51.100.10", 7820, List.of("198.51.100.11:7820")),
                                new Network("tenant"),
                                NetworkSettings.defaults()),
                        new CutSettings(7, 6, 2, millis(400), millis(1300), millis(600), 2),
                        millis(110),
                        millis(360),
                        millis(120),
                        millis(3100),
                        millis(3200),
                        millis(2100),
                        millis(2250),
                        millis(310),
                        millis(2200),
                        millis(210),
                        millis(160),
                        millis(3300),
                        seconds(11),
                        millis(3400),
                        millis(60),
                        millis(410),
                        seconds(12),
                        0.4,
                        millis(2500),
                        seconds(6),
                        List.of(
                                new HealthRow(
                                        "well",
                                        "lease held, networks all|some",
                                        HealthState.ALIVE,
                                        List.of(),
                                        "all is well"),
                                new HealthRow(
                                        "off",
                                        "networks missing|none|unknown, power off",
                                        HealthState.LOST,
                                        List.of(Reaction.TELL, Reaction.STOP_PLACING, Reaction.FENCE),
                                        "power reads off"),
                                new HealthRow(
                                        "rest",
                                        "anything",
                                        HealthState.SUSPECTED,
                                        List.of(Reaction.TELL, Reaction.STOP_PLACING),
                                        "a signal is missing"))));
    }
}
