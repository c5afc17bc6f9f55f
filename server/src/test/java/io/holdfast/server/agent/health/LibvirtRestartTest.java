package io.holdfast.server.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.RemedyAnswer;
import io.holdfast.server.agent.health.core.HealthLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's command, with real processes. */
@Timeout(120)
final class LibvirtRestartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static HealthSettings settings(Duration deadline, int limit, String... command) {
        HealthSettings is = HealthSettings.defaults();
        return new HealthSettings(
                is.interval(),
                is.diskPaths(),
                is.interfaces(),
                List.of(command),
                deadline,
                limit,
                is.restartWindow(),
                is.limits());
    }

    private LibvirtRestart shell(Duration deadline, int limit, String script) {
        return new LibvirtRestart(settings(deadline, limit, "/bin/sh", "-c", script), directory);
    }

    @Test
    void aCommandThatSucceedsIsDone() {
        Path mark = directory.resolve("mark");
        assertThat(shell(PATIENCE, 3, "touch '" + mark + "'").run(PATIENCE))
                .isInstanceOfSatisfying(
                        RemedyAnswer.Done.class,
                        done -> assertThat(done.detail()).matches("done in [0-9]+ ms"));
        assertThat(mark).exists();
    }

    @Test
    void aCommandThatFailsTellsWithWhichCodeAndWhatItWrote() throws IOException {
        assertThat(shell(PATIENCE, 3, "echo Unit libvirtd.service not found. >&2; exit 5")
                        .run(PATIENCE))
                .isInstanceOfSatisfying(
                        RemedyAnswer.Failed.class,
                        failed -> assertThat(failed.reason())
                                .startsWith("it ended with code 5 after ")
                                .endsWith(": Unit libvirtd.service not found."));
        assertThat(directory.resolve("restart-libvirt.log")).hasContent("Unit libvirtd.service not found.");
    }

    @Test
    void aCommandThatWritesMuchTellsItsEnd() {
        assertThat(shell(PATIENCE, 3, "seq 1 200000; exit 1").run(PATIENCE))
                .isInstanceOfSatisfying(RemedyAnswer.Failed.class, failed -> {
                    assertThat(failed.reason()).endsWith(" 200000");
                    assertThat(failed.reason().length()).isLessThan(400);
                });
    }

    @Test
    void aCommandThatIsNotThereFailsAndCounts() {
        LibvirtRestart restart = new LibvirtRestart(
                settings(PATIENCE, 1, directory.resolve("none").toString()), directory);
        assertThat(restart.run(PATIENCE))
                .isInstanceOfSatisfying(
                        RemedyAnswer.Failed.class,
                        failed -> assertThat(failed.reason()).startsWith("it cannot be run"));
        assertThat(restart.run(PATIENCE)).isInstanceOf(RemedyAnswer.Refused.class);
    }

    @Test
    void aCommandThatHangsIsKilledWithWhatItStarted() throws Exception {
        Path pid = directory.resolve("pid");
        assertThat(shell(Duration.ofSeconds(1), 3, "sleep 300 & echo $! > '" + pid + "'; wait")
                        .run(PATIENCE))
                .isEqualTo(new RemedyAnswer.Failed("killed: it did not end within 1000 ms"));
        long child = Long.parseLong(Files.readString(pid).strip());
        await().atMost(PATIENCE)
                .until(() ->
                        ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void aDaemonThatItLeavesBehindKeepsNobodyWaiting() throws Exception {
        Path pid = directory.resolve("pid");
        assertThat(shell(PATIENCE, 3, "sleep 60 & echo $! > '" + pid + "'").run(PATIENCE))
                .isInstanceOf(RemedyAnswer.Done.class);
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void whoeverDoesNotWaitLongEnoughKnowsNothingAndASecondOneIsNotBegun() throws Exception {
        Path runs = directory.resolve("runs");
        LibvirtRestart restart = shell(
                PATIENCE,
                3,
                "echo x >> '" + runs + "'; while ! test -e '" + directory.resolve("go") + "'; do sleep 0.05; done");
        assertThat(restart.run(Duration.ofMillis(200))).isInstanceOf(RemedyAnswer.NoAnswer.class);
        assertThat(restart.run(PATIENCE)).isEqualTo(new RemedyAnswer.NoAnswer("an earlier restart is still under way"));
        assertThat(runs).hasContent("x");
        Files.createFile(directory.resolve("go"));
        await().atMost(PATIENCE).until(() -> restart.run(PATIENCE) instanceof RemedyAnswer.Done);
        assertThat(Files.readAllLines(runs)).hasSize(2);
    }

    @Test
    void itIsNotRunMoreOftenThanTheLimit() throws IOException {
        Path runs = directory.resolve("runs");
        LibvirtRestart restart = shell(PATIENCE, 2, "echo x >> '" + runs + "'");
        assertThat(restart.run(PATIENCE)).isInstanceOf(RemedyAnswer.Done.class);
        assertThat(restart.run(PATIENCE)).isInstanceOf(RemedyAnswer.Done.class);
        assertThat(restart.run(PATIENCE))
                .isEqualTo(
                        new RemedyAnswer.Refused("libvirt was started again 2 times within 600 s, which is the limit"));
        assertThat(Files.readAllLines(runs)).hasSize(2);
    }

    @Test
    void withoutACommandItIsRefusedAndTheSettingIsNamed() {
        assertThat(new LibvirtRestart(HealthSettings.defaults(), directory).run(PATIENCE))
                .isEqualTo(new RemedyAnswer.Refused("health.restart-libvirt is empty in this agent's settings"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "..", "", "sixteen-letters-", "a b"})
    void aNetworkCardHasAName(String name) {
        HealthSettings is = HealthSettings.defaults();
        assertThatThrownBy(() -> new HealthSettings(
                        is.interval(),
                        is.diskPaths(),
                        List.of(name),
                        List.of(),
                        is.restartDeadline(),
                        1,
                        is.restartWindow(),
                        HealthLimits.defaults()))
                .hasMessageContaining("health.interfaces");
    }

    @Test
    void settingsThatCannotBeAreRefusedByName() {
        HealthSettings is = HealthSettings.defaults();
        assertThatThrownBy(() -> settings(Duration.ofMillis(999), 1)).hasMessageContaining("health.restart-deadline");
        assertThatThrownBy(() -> settings(PATIENCE, 0)).hasMessageContaining("health.restart-limit");
        assertThatThrownBy(() -> settings(PATIENCE, 1, " ", "x")).hasMessageContaining("health.restart-libvirt");
        assertThatThrownBy(() -> new HealthSettings(
                        Duration.ofMillis(199),
                        List.of(),
                        List.of(),
                        List.of(),
                        PATIENCE,
                        1,
                        is.restartWindow(),
                        is.limits()))
                .hasMessageContaining("health.interval");
        assertThatThrownBy(() -> new HealthSettings(
                        is.interval(),
                        List.of(Path.of("x")),
                        List.of(),
                        List.of(),
                        PATIENCE,
                        1,
                        is.restartWindow(),
                        is.limits()))
                .hasMessageContaining("health.disk-paths");
        assertThatThrownBy(() -> new HealthSettings(
                        is.interval(),
                        List.of(),
                        List.of("e0", "e0"),
                        List.of(),
                        PATIENCE,
                        1,
                        is.restartWindow(),
                        is.limits()))
                .hasMessageContaining("health.interfaces");
        assertThatThrownBy(() -> new HealthSettings(
                        is.interval(),
                        List.of(),
                        List.of(),
                        List.of(),
                        PATIENCE,
                        1,
                        Duration.ofSeconds(59),
                        is.limits()))
                .hasMessageContaining("health.restart-window");
    }
}
