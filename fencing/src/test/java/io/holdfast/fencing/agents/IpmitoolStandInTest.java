package io.holdfast.fencing.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that hands passwords on as arguments gets none to hand on. */
class IpmitoolStandInTest {

    private static final Duration CALL = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private TestAgents agents;
    private Path ipmitool;

    @BeforeEach
    void install() throws IOException {
        agents = TestAgents.in(directory);
        agents.install("fence_console", "fence_console");
        Path beside = agents.install("ipmitool", "ipmitool");
        ipmitool = Files.move(beside, agents.moods().resolve("ipmitool"));
        agents.mood("power", "on\n");
    }

    private AgentDevice device(Map<String, String> secrets, SecretsInArguments rule) {
        return device(ipmitool.toString(), secrets, rule);
    }

    private AgentDevice device(String path, Map<String, String> secrets, SecretsInArguments rule) {
        return new FenceAgents(new FencingSettings.Agents(List.of(agents.programs()), null, null, rule))
                .device(
                        "h1",
                        new FencingSettings.Agent(
                                "fence_console", Map.of("ip", "192.0.2.1", "ipmitool_path", path), Map.of()),
                        secrets);
    }

    private AgentDevice device(String password) {
        return device(Map.of("password", password), SecretsInArguments.REFUSE);
    }

    @Test
    void noProcessOfTheRunShowsThePasswordAndItIsRightAllTheSame() {
        AgentDevice device = device(TestAgents.PASSWORD);

        PowerReading on = device.readPower(CALL);
        assertThat(on.state()).as(on.detail()).isEqualTo(PowerState.ON);
        PowerOrder order = device.powerOff(CALL);
        assertThat(order.answer()).as(order.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        assertThat(device.readPower(CALL).state()).isEqualTo(PowerState.OFF);

        assertThat(agents.told("seen-arguments").lines())
                .as("all but the empty password, in their order")
                .containsExactly(
                        "-E",
                        "-I",
                        "lanplus",
                        "-H",
                        "192.0.2.1",
                        "-U",
                        "-P",
                        "-L",
                        "operator",
                        "chassis",
                        "power",
                        "status");
        assertThat(agents.told("seen-processes"))
                .contains("/fence_console", "/moods/ipmitool -E")
                .doesNotContain("right", "password");
    }

    @Test
    void aWrongPasswordIsNamedAndNotShown() {
        PowerReading wrong = device("wr0ng").readPower(CALL);

        assertThat(wrong.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(wrong.detail()).contains("Unable to establish").doesNotContain("wr0ng");
        assertThat(agents.told("seen-processes")).doesNotContain("wr0ng");
    }

    @Test
    void whoHasNoPasswordRunsIpmitoolAsTheAgentDoes() {
        PowerReading reading = device(Map.of(), SecretsInArguments.REFUSE).readPower(CALL);

        assertThat(reading.detail()).contains("no password was to be read from the environment");
        assertThat(agents.told("seen-arguments").lines().toList()).startsWith("-I", "lanplus");
    }

    @Test
    void withoutIpmitoolTheAgentIsNotEvenStarted() throws IOException {
        AgentDevice device = device(TestAgents.PASSWORD);
        Files.delete(ipmitool);

        PowerReading reading = device.readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail())
                .isEqualTo("cannot be started: ipmitool, which the agent runs, is not at " + ipmitool
                        + " or cannot be run; on Debian it is in the package ipmitool");
        assertThat(device.powerOff(CALL).answer()).isNotEqualTo(PowerOrder.Answer.ACCEPTED);
    }

    // --- what is left, and where it lies ---

    @Test
    void itIsForItsAccountAloneUnlessAnotherOneRunsItAndNothingIsLeft() throws IOException {
        Path own;
        try (IpmitoolStandIn standIn = IpmitoolStandIn.make(ipmitool.toString(), directory, false)) {
            own = Path.of(standIn.path());
            assertThat(permissions(own)).isEqualTo("rwx------");
            assertThat(permissions(own.resolveSibling("."))).isEqualTo("rwx------");
        }
        assertThat(own.getParent()).doesNotExist();
        try (IpmitoolStandIn standIn = IpmitoolStandIn.make(ipmitool.toString(), directory, true)) {
            own = Path.of(standIn.path());
            assertThat(permissions(own)).isEqualTo("rwxr-xr-x");
            assertThat(permissions(own.resolveSibling("."))).isEqualTo("rwx--x--x");
        }
        assertThat(own.getParent()).doesNotExist();
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatSomebodyElseHasPutThereDoesNotCostTheAnswer() throws IOException {
        Path strange;
        try (IpmitoolStandIn standIn = IpmitoolStandIn.make(ipmitool.toString(), directory, false)) {
            strange = Files.createFile(Path.of(standIn.path()).resolveSibling("strange"));
        }
        assertThat(strange).exists();
    }

    @Test
    void aDirectoryWhoseNameWouldFallApartInACommandLineIsNamed() throws IOException {
        Path odd = Files.createDirectory(directory.resolve("with blank"));

        assertThatThrownBy(() -> IpmitoolStandIn.make(ipmitool.toString(), odd, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no program can be run from " + odd)
                .hasMessageContaining("-Djava.io.tmpdir");
        assertThat(odd).isEmptyDirectory();
    }

    // --- secrets for which there is no other way ---

    @Test
    void aSecretThatWouldBeAnArgumentIsRefusedAtTheStartUnlessThatIsAccepted() {
        Map<String, String> secrets =
                new TreeMap<>(Map.of("password", TestAgents.PASSWORD, "hexadecimal_kg", "c0ffee"));

        assertThatThrownBy(() -> device(secrets, SecretsInArguments.REFUSE))
                .isInstanceOf(FencingException.class)
                .hasMessageStartingWith(
                        "fencing.devices.h1.secrets: fence_console hands hexadecimal_kg to another program"
                                + " as an argument, where every user of this machine can read it; ")
                .hasMessageContaining("type: ipmi")
                .hasMessageEndingWith("fencing.agents.secrets-in-arguments: allow")
                .hasMessageNotContaining("c0ffee");
        assertThat(device(secrets, SecretsInArguments.ALLOW).readPower(CALL).state())
                .isEqualTo(PowerState.ON);
    }
}
