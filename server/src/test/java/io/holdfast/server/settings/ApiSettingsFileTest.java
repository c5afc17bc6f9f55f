package io.holdfast.server.settings;

import static io.holdfast.server.settings.SettingsRecordChecks.assertFullMapping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.ApiSettings;
import io.holdfast.api.AuditSettings;
import io.holdfast.api.MonitorSettings;
import io.holdfast.model.HostId;
import io.holdfast.model.SecretFile;
import io.holdfast.model.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That a file reaches every key of the API, and what is said of monitors that make no sense. */
final class ApiSettingsFileTest {

    @TempDir
    Path directory;

    private ApiSettings loaded(String yaml) throws IOException {
        return SettingsLoader.load(Files.writeString(directory.resolve("api.yaml"), yaml), ApiSettings.defaults());
    }

    @Test
    void aFileReachesEveryKeyOfTheApi() {
        String hash = "sha256:" + "0a".repeat(16) + ":" + "0b".repeat(32);
        assertFullMapping(
                directory,
                ApiSettings.defaults(),
                """
                address: 192.0.2.10
                port: 8775
                tls: {key-store: k.p12, trust-store: t.p12, password-file: p}
                allow-plaintext: true
                tokens:
                  - {name: ops, role: admin, project: operators, hash: "%s"}
                request-deadline: 31s
                requests-max: 100
                body-bytes-max: 65536
                streams-max: 20
                connections-max: 2000
                failures-per-minute: 31
                monitors:
                  known:
                    - {name: pacemaker, trust: has-fenced, words-per-minute: 7}
                  repeats-within: 2m
                  alert-labels: [machine]
                  alert-hosts: {"192.0.2.21": h1}
                audit: {keep: 30d, lines-max: 1000, refusals-max: 500}
                """.formatted(hash),
                new ApiSettings(
                        "192.0.2.10",
                        8775,
                        new TlsFiles(
                                directory.resolve("k.p12"),
                                directory.resolve("t.p12"),
                                SecretFile.of(directory.resolve("p"))),
                        true,
                        List.of(new ApiSettings.Token("ops", ApiSettings.Role.ADMIN, "operators", hash)),
                        Duration.ofSeconds(31),
                        100,
                        65_536,
                        20,
                        2000,
                        31,
                        new MonitorSettings(
                                List.of(new MonitorSettings.Monitor("pacemaker", MonitorSettings.Trust.HAS_FENCED, 7)),
                                Duration.ofMinutes(2),
                                List.of("machine"),
                                Map.of("192.0.2.21", HostId.of("h1"))),
                        new AuditSettings(Duration.ofDays(30), 1000, 500)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            keep: 30m             | api.audit.keep must be between 1h and 3660d, is 1800s
            keep: 4000d           | api.audit.keep must be between 1h and 3660d
            lines-max: 99         | api.audit.lines-max must be between 100 and 100000000, is 99
            refusals-max: 99      | api.audit.refusals-max must be between 100 and 10000000, is 99
            """)
    void anAuditTrailThatKeepsTooMuchOrNothingStopsTheStart(String yaml, String message) {
        assertThatThrownBy(() -> loaded("audit: {" + yaml + "}")).hasMessageContaining(message);
    }

    @Test
    void aMonitorOfWhichOnlyTheNameIsSaidCondemns() throws IOException {
        assertThat(loaded("monitors: {known: [{name: nagios}]}").monitors().known())
                .containsExactly(new MonitorSettings.Monitor("nagios", MonitorSettings.Trust.CONDEMNS, 60));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            known: [{name: a}, {name: a}]             | names a twice
            known: [{name: ' '}]                      | each monitor must have a name
            known: [{name: a, words-per-minute: 0}]   | words-per-minute of a must be between 1 and 10000, is 0
            known: [{name: a, trust: blindly}]        | suspects
            repeats-within: 500ms                     | must be between 1s and 1h, is 500ms
            repeats-within: 2h                        | must be between 1s and 1h
            alert-labels: []                          | must name 1 to 32 labels
            """)
    void whatMakesNoSenseStopsTheStart(String yaml, String said) {
        assertThatThrownBy(() -> loaded("monitors: {" + yaml + "}")).hasMessageContaining(said);
    }
}
