package io.holdfast.fencing.ipmi.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.Needs;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.sim.SimulatedHardware;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our BMC against a console that is not ours: Debian's {@code ipmitool}. With {@code IpmiDeviceTest}, where the BMC is not ours, it
 * finds mistakes that both of our sides share.
 */
@Needs(value = "ipmitool", in = "ipmitool")
class IpmitoolTest {

    private static final String PASSWORD = "f3nc3r";
    private static final String BMC_KEY = "K_g-of-the-BMC";

    @TempDir
    Path directory;

    private SimulatedBmc bmc;

    @BeforeEach
    void start() throws IOException {
        bmc = start(BmcIdentity.of(
                new BmcIdentity.User("fencer", Secret.ofPassword(PASSWORD), Privilege.OPERATOR),
                new BmcIdentity.User("reader", Secret.ofPassword(PASSWORD), Privilege.USER)));
        Files.writeString(directory.resolve("right"), PASSWORD);
        Files.writeString(directory.resolve("wrong"), "wrong");
    }

    private static SimulatedBmc start(BmcIdentity identity) throws IOException {
        return SimulatedBmc.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), identity, 1);
    }

    @AfterEach
    void stop() {
        bmc.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "17"})
    void readsAndSwitches(String suite) throws Exception {
        assertThat(ipmitool("-C", suite, "chassis", "power", "status")).contains("Chassis Power is on");
        assertThat(ipmitool("-C", suite, "chassis", "power", "off")).contains("Down/Off");
        assertThat(bmc.chassis().hasPower()).isFalse();
        assertThat(ipmitool("-C", suite, "chassis", "power", "on")).contains("Up/On");
        for (String verb : List.of("cycle", "reset", "diag", "soft")) {
            assertThat(ipmitool("-C", suite, "chassis", "power", verb)).contains("Chassis Power Control");
        }
        assertThat(bmc.chassis().orders())
                .containsExactly(
                        ChassisAct.OFF,
                        ChassisAct.ON,
                        ChassisAct.CYCLE,
                        ChassisAct.RESET,
                        ChassisAct.DIAGNOSTIC_INTERRUPT,
                        ChassisAct.SOFT);
        assertThat(bmc.openSessions()).isZero();
    }

    @Test
    void findsTheBestSuiteByItself() throws Exception {
        assertThat(ipmitool("chassis", "power", "status")).contains("Chassis Power is on");
        assertThat(ipmitool("mc", "info")).contains("IPMI Version              : 2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "17"})
    void logsInWithTwoKeys(String suite) throws Exception {
        bmc.close();
        bmc = start(BmcIdentity.of(new BmcIdentity.User("fencer", Secret.ofPassword(PASSWORD), Privilege.OPERATOR))
                .withBmcKey(Secret.ofPassword(BMC_KEY)));

        assertThat(ipmitool("-C", suite, "-k", BMC_KEY, "chassis", "power", "status"))
                .contains("is on");
        assertThat(ipmitool("-C", suite, "-k", "other", "chassis", "power", "status"))
                .contains("Unable to establish");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "17"})
    void isRefusedWithAWrongPasswordOrTooLittlePrivilege(String suite) throws Exception {
        assertThat(run("fencer", "wrong", "OPERATOR", "-C", suite, "chassis", "power", "off"))
                .contains("Unable to establish");
        assertThat(run("reader", "right", "OPERATOR", "-C", suite, "chassis", "power", "off"))
                .contains("Unable to establish");
        assertThat(run("reader", "right", "USER", "-C", suite, "chassis", "power", "off"))
                .contains("Insufficient privilege");
        assertThat(bmc.chassis().orders()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "17"})
    void readsTheSensors(String suite) throws Exception {
        String healthy = ipmitool("-C", suite, "sdr", "elist", "full");
        assertThat(healthy.lines().map(String::strip))
                .anyMatch(line -> line.matches("Inlet Temp +\\| 01h \\| ok .*\\| 24 degrees C"))
                .anyMatch(line -> line.matches("Fan 1 +\\| 03h \\| ok .*\\| 5400 RPM"))
                .anyMatch(line -> line.matches("12V +\\| 05h \\| ok .*\\| 12.10 Volts"));
        assertThat(ipmitool("-C", suite, "sdr", "elist", "compact"))
                .contains("Presence detected")
                .doesNotContain("Failure");

        bmc.chassis().hardware().set("Fan 1", 0);
        bmc.chassis().hardware().set("Inlet Temp", 43);
        bmc.chassis().hardware().set("PSU 2", SimulatedHardware.State.LOST);
        bmc.chassis().hardware().set("Fan 2", SimulatedHardware.State.UNREADABLE);
        bmc.chassis().hardware().fault(SimulatedHardware.Fault.COOLING, true);
        String failing = ipmitool("-C", suite, "sensor");
        assertThat(failing.lines())
                .anyMatch(line -> line.matches("Fan 1 +\\| 0.000 +\\| RPM +\\| cr +\\| na +\\| 600.000 .*"))
                .anyMatch(line ->
                        line.matches("Inlet Temp +\\| 43.000 +\\| degrees C +\\| nc +\\| na +\\| -10.000 .*52.000.*"))
                .anyMatch(line -> line.matches("Fan 2 +\\| na .*"));
        assertThat(ipmitool("-C", suite, "sdr", "elist", "compact")).contains("Power Supply AC lost");
        assertThat(ipmitool("-C", suite, "chassis", "status")).containsPattern("Cooling/Fan Fault +: true");
    }

    private String ipmitool(String... arguments) throws Exception {
        return run("fencer", "right", "OPERATOR", arguments);
    }

    private String run(String user, String passwordFile, String privilege, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "ipmitool",
                "-I",
                "lanplus",
                "-H",
                "127.0.0.1",
                "-p",
                Integer.toString(bmc.port()),
                "-U",
                user,
                "-f",
                directory.resolve(passwordFile).toString(),
                "-L",
                privilege));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
