package io.holdfast.fencing.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Agents.SecretsInArguments;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Agents that do not want to end, to be quiet, or to tell the truth. */
class HostileAgentTest {

    private static final Duration CALL = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private TestAgents agents;

    @BeforeEach
    void install() {
        agents = TestAgents.in(directory);
    }

    @Test
    void oneThatIgnoresEverySignalIsDeadAtTheDeadline() {
        AgentDevice device = agents.device("fence_stubborn");
        long startNanos = System.nanoTime();

        PowerReading reading = device.readPower(SHORT);

        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(SHORT.plusMillis(500));
        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail())
                .isEqualTo("did not end in time and was killed: killed after 1850 ms; it had said: working on it");
        assertThat(device.powerOff(SHORT).answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);
    }

    @Test
    void whatItHasStartedEndsWithItWhenItHangs() {
        agents.mood("hang", "");
        AgentDevice device = agents.device("fence_forking");

        PowerReading reading = device.readPower(Duration.ofSeconds(8));

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertNobodyIsLeft();
    }

    @Test
    void whatItHasStartedEndsWithItWhenItEnds() {
        PowerReading reading = agents.device("fence_forking").readPower(CALL);

        assertThat(reading.state()).as(reading.detail()).isEqualTo(PowerState.OFF);
        assertNobodyIsLeft();
    }

    private void assertNobodyIsLeft() {
        List<String> started = agents.told("pids").lines().toList();
        assertThat(started).hasSize(3);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(started).noneMatch(HostileAgentTest::lives));
    }

    /** The controller of {@link #anAgentDiesWithTheController}: waits a minute for an agent that never ends. */
    static final class Controller {
        public static void main(String[] programs) {
            new FenceAgents(new FencingSettings.Agents(
                            List.of(Path.of(programs[0])), null, null, SecretsInArguments.REFUSE))
                    .device("h1", new FencingSettings.Agent("fence_stubborn", Map.of("dir", "/"), Map.of()), Map.of())
                    .readPower(Duration.ofMinutes(1));
        }
    }

    @Test
    void anAgentDiesWithTheController() throws Exception {
        Process controller = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Controller.class.getName(),
                        agents.programs().toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("controller.log").toFile())
                .start();
        try {
            // What is seen once need not be seen at the next look: a process that begins another program has no command
            // line for a moment.
            String agent = await().atMost(Duration.ofSeconds(60))
                    .until(() -> stubborn(controller), Optional::isPresent)
                    .orElseThrow();

            controller.destroyForcibly().waitFor();

            await().atMost(Duration.ofSeconds(10)).until(() -> !lives(agent));
        } finally {
            controller.destroyForcibly();
        }
    }

    /** The agent when it has begun to ignore signals: it has started something by then. */
    private static Optional<String> stubborn(Process controller) {
        return controller
                .children()
                .filter(each -> each.info().commandLine().orElse("").contains("fence_stubborn"))
                .filter(each -> each.children().findAny().isPresent())
                .map(each -> Long.toString(each.pid()))
                .findFirst();
    }

    @Test
    void runsAsTheAccountThatTheSettingsName() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can be somebody else");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(agents.moods(), PosixFilePermissions.fromString("rwxrwxrwx"));
        AgentDevice device = new FenceAgents(new FencingSettings.Agents(
                        List.of(agents.programs()), "nobody", "nogroup", SecretsInArguments.REFUSE))
                .device(
                        "h1",
                        new FencingSettings.Agent(
                                "fence_polite", Map.of("dir", agents.moods().toString()), Map.of()),
                        Map.of("password", TestAgents.PASSWORD));

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).as(reading.detail()).isEqualTo(PowerState.ON);
        assertThat(Files.getOwner(agents.moods().resolve("seen-arguments")).getName())
                .isEqualTo("nobody");
        assertThat(agents.told("seen-environment")).doesNotContain("HOME=");
    }

    /** Nobody may be there to bury an orphan, so one that is dead and still listed counts as dead. */
    private static boolean lives(String pid) {
        try {
            String line = Files.readString(Path.of("/proc", pid, "stat"));
            return !line.substring(line.lastIndexOf(')') + 2).startsWith("Z");
        } catch (IOException gone) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "out, 'did not end in time and was killed: killed after 1850 ms'",
        "err, 'did not end in time and was killed: killed after 1850 ms; it had said: no end of complaints / no e'"
    })
    void oneThatFloodsIsBoundedAndKilled(String where, String detail) {
        agents.mood("where", where);

        PowerReading reading = agents.device("fence_flooding").readPower(SHORT);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith(detail);
    }

    @Test
    void oneWhoseChildFloodsAfterItsEndIsNotBelieved() {
        agents.mood("where", "child");

        PowerReading reading = agents.device("fence_flooding").readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).isEqualTo("wrote more than is read: exit code 2 does not count");
    }

    @Test
    void halfOfAnUpgradeIsNotOff() throws IOException {
        AgentDevice device = agents.device("fence_saying");
        Files.delete(agents.programs().resolve("fence_saying"));
        agents.install("fence_broken", "fence_saying");

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail())
                .startsWith("says two things at once: exit code 2, which is off, and a complaint: ");
    }

    @Test
    void aProgramThatIsGoneIsNotOff() throws IOException {
        AgentDevice device = agents.device("fence_saying");
        Files.delete(agents.programs().resolve("fence_saying"));

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("is no program that runs here: ");
        assertThat(device.powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
    }

    @Test
    void oneThatCrashesIsNotOff() {
        agents.mood("out", "Status: OFF\n");
        agents.mood("err", "");
        agents.mood("code", "2");
        agents.mood("signal", "SEGV");

        PowerReading reading = agents.device("fence_saying").readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).isEqualTo("crashed: signal 11");
    }

    @Test
    void aSecretInAnErrorIsRemoved() {
        agents.mood("code", "1");
        agents.mood("err", "Executing: /usr/bin/ipmitool -P @PASSWORD@ chassis power status\n");

        PowerReading reading = agents.device("fence_saying", "s3cr3t").readPower(CALL);

        assertThat(reading.detail())
                .isEqualTo("failed: Executing: /usr/bin/ipmitool -P [removed] chassis power status");
    }

    @Test
    void oneThatDoesNotReadIsNotWaitedFor() {
        assertThat(new FenceAgents(agents.rules()).metadata("fence_deaf").name())
                .isEqualTo("fence_deaf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fence_entities", "fence_endless", "fence_broken", "fence_nothing"})
    void oneThatDoesNotDescribeItselfStopsTheStart(String name) throws IOException {
        agents.install("fence_flooding", "fence_endless");
        Files.writeString(agents.install("fence_deaf", "fence_nothing"), "#!/bin/sh\nexit 0\n");

        assertThatThrownBy(() -> agents.device(name))
                .isInstanceOf(FencingException.class)
                .hasMessageStartingWith("fencing.devices.h1.agent: fence agent " + agents.programs() + "/" + name)
                .hasMessageContaining("describe")
                .hasMessageNotContaining("root:");
    }

    // --- what may be run ---

    @Test
    void nothingIsRunFromElsewhere() throws IOException {
        Files.createSymbolicLink(
                agents.programs().resolve("fence_link"), agents.programs().resolve("fence_polite"));
        FenceAgents known = new FenceAgents(agents.rules());

        assertThat(known.metadata("fence_link").name()).isEqualTo("fence_link");
        assertThatThrownBy(() -> known.metadata("../agents/fence_polite"))
                .hasMessageContaining("is no name of a fence");
        assertThatThrownBy(() -> known.metadata("fence_absent"))
                .hasMessage("there is no fence agent fence_absent in " + agents.programs()
                        + "; on Debian they are in the package fence-agents");
    }

    @ParameterizedTest
    @CsvSource({
        "rwxrwxr-x, may be changed by others than its owner",
        "rwxr-xrwx, may be changed by others than its owner"
    })
    void aProgramThatOthersMayChangeIsNotRun(String permissions, String message) throws IOException {
        Files.setPosixFilePermissions(
                agents.programs().resolve("fence_polite"), PosixFilePermissions.fromString(permissions));

        assertThatThrownBy(() -> agents.device("fence_polite")).hasMessageContaining(message);
    }

    @Test
    void aProgramInADirectoryThatOthersMayChangeIsNotRun() throws IOException {
        Files.setPosixFilePermissions(agents.programs(), PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> agents.device("fence_polite"))
                .hasMessageEndingWith("is not run: " + agents.programs() + " may be changed by others than its owner");
    }

    @Test
    void aProgramThatIsNotExecutableIsNamed() throws IOException {
        Files.setPosixFilePermissions(
                agents.programs().resolve("fence_polite"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> agents.device("fence_polite"))
                .hasMessageEndingWith("fence_polite is not executable for this user");
    }

    @Test
    void anAccountThatDoesNotExistIsNamed() {
        FenceAgents known = new FenceAgents(new FencingSettings.Agents(
                List.of(agents.programs()), "no-such-account-here", null, SecretsInArguments.REFUSE));

        assertThatThrownBy(() -> known.metadata("fence_polite"))
                .hasMessageContaining("fence_polite does not describe itself: failed: setpriv: ")
                .hasMessageContaining("no-such-account-here");
    }

    @Test
    void everyMistakeInTheOptionsIsNamedAtTheStart() {
        FenceAgents known = new FenceAgents(agents.rules());
        FencingSettings.Agent settings = new FencingSettings.Agent(
                "fence_polite", Map.of("power-wait", "1", "method", "hard", "verbose", "1"), Map.of());

        assertThatThrownBy(() -> known.device("h7", settings, Map.of("passwd", "x")))
                .isInstanceOf(FencingException.class)
                .hasMessage("""
                        fencing.devices.h7.options.method must be one of onoff, cycle, is 'hard'
                        fencing.devices.h7.secrets.passwd is an old name; it is called 'password' now
                        fencing.devices.h7.options.power-wait is not known to the agent; did you mean 'power_wait'?
                        fencing.devices.h7.options.verbose would have the agent write passwords to the system's log
                        fencing.devices.h7.options.dir is missing; the agent requires it (Where the test's files are)\
                        """);
    }

    @Test
    void installedOnesAreListedWithWhatIsWrongWithThem() {
        assertThat(new FenceAgents(agents.rules()).installed())
                .extracting(each -> each.name() + ": "
                        + (each.metadata() == null ? "-" : each.metadata().summary()))
                .containsExactly(
                        "fence_broken: -",
                        "fence_deaf: Test agent fence_deaf",
                        "fence_entities: -",
                        "fence_flooding: Test agent fence_flooding",
                        "fence_forking: Test agent fence_forking",
                        "fence_polite: Test agent fence_polite",
                        "fence_saying: Test agent fence_saying",
                        "fence_stubborn: Test agent fence_stubborn");
    }
}
