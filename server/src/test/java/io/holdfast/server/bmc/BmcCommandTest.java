package io.holdfast.server.bmc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.sim.BmcFaults;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class BmcCommandTest {

    private record Result(int code, String out, String err) {}

    @TempDir
    Path directory;

    private SimulatedBmc bmc;
    private Path password;

    @BeforeEach
    void start() throws IOException {
        bmc = SimulatedBmc.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                BmcIdentity.of(new BmcIdentity.User("fencer", Secret.ofPassword("s3cret"), Privilege.OPERATOR))
                        .withBmcKey(Secret.ofPassword("K_g")),
                1);
        password = secret("s3cret");
    }

    @AfterEach
    void stop() {
        bmc.close();
    }

    private Path secret(String text) throws IOException {
        Path file = Files.createTempFile(directory, "secret", "");
        Files.writeString(file, text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                directory,
                80,
                false,
                InstantSource.system());
        int code = HoldfastCommandLine.assemble(
                        terminal,
                        List.of(new Section("Tools", List.of(new BmcCommand(terminal)))),
                        KnownFailures::translated)
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private Result power(String verb, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "bmc",
                "power",
                "127.0.0.1",
                verb,
                "--port",
                Integer.toString(bmc.port()),
                "--user",
                "fencer",
                "--bmc-key-file",
                secret("0x4b5f67").toString(),
                "--cipher-suite",
                "17"));
        arguments.addAll(List.of(more));
        if (!arguments.contains("--password-file")) {
            arguments.addAll(List.of("--password-file", password.toString()));
        }
        return run(arguments.toArray(String[]::new));
    }

    @Test
    void readsAndSwitches() throws IOException {
        assertThat(power("status")).isEqualTo(new Result(0, "chassis power is on\n", ""));
        assertThat(power("off")).isEqualTo(new Result(0, "accepted: off\n", ""));
        assertThat(power("status").out).isEqualTo("chassis power is off\n");
        for (String verb : List.of("on", "cycle", "reset", "diag", "soft")) {
            assertThat(power(verb).code).as(verb).isZero();
        }
        assertThat(bmc.chassis().orders()).hasSize(6);
    }

    @Test
    void readsTheTimeAndSaysWhenNobodyHasSetIt() throws IOException {
        bmc.chassis().clock(() -> Instant.parse("2026-11-28T12:00:00Z"));
        assertThat(power("clock")).isEqualTo(new Result(0, "the controller's time is 2026-11-28T12:00:00Z\n", ""));
        bmc.chassis().clock(() -> Instant.ofEpochSecond(17));
        assertThat(power("clock").out).isEqualTo("nobody has set the controller's clock\n");
        bmc.chassis().clock(null);
        assertThat(power("clock").err).contains("refused");
        assertThat(bmc.chassis().orders()).isEmpty();
    }

    @Test
    void namesWhatIsWrongWithoutASecret() throws IOException {
        Result result = power("status", "--password-file", secret("not-the-one").toString());

        assertThat(result.code).isEqualTo(1);
        assertThat(result.err).contains("refused login: wrong password").doesNotContain("not-the-one");
        assertThat(power("sleep").code).isEqualTo(2);
        assertThat(power("status", "--cipher-suite", "4").code).isEqualTo(2);
        assertThat(power("status", "--password-file", directory.resolve("none").toString()))
                .satisfies(missing -> assertThat(missing.err).contains("does not exist"))
                .satisfies(missing -> assertThat(missing.code).isEqualTo(1));
    }

    private Result sensors(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "bmc",
                "sensors",
                "127.0.0.1",
                "--port",
                Integer.toString(bmc.port()),
                "--user",
                "fencer",
                "--bmc-key-file",
                secret("0x4b5f67").toString(),
                "--password-file",
                password.toString()));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    @Test
    void showsTheSensorsInEightyColumns() throws IOException {
        Result good = sensors();
        assertThat(good.code).isZero();
        assertThat(good.out)
                .contains("Inlet Temp", "24", "5..42 (-10..47)", "hardware good: 9 components good")
                .satisfies(out -> assertThat(out.lines()).allMatch(line -> line.length() <= 80));

        bmc.chassis().hardware().say("fan 2=0");
        bmc.chassis().hardware().say("PSU 1=lost");
        bmc.chassis().hardware().say("Inlet Temp=unreadable");
        Result bad = sensors();
        assertThat(bad.code).isEqualTo(1);
        assertThat(bad.out)
                .contains("its input is", "hardware bad: Fan 2 0 RPM: below the critical limit", "no reading now");

        assertThat(sensors("--json").out)
                .contains("\"grade\" : \"bad\"", "\"lower_critical\" : \"600\"", "\"upper_warning\" : null");
    }

    @Test
    void saysWhyNoSensorIsRead() throws IOException {
        bmc.faults(BmcFaults.NONE.withBusyness());

        Result busy = sensors("--deadline", "500ms");

        assertThat(busy.code).isEqualTo(1);
        assertThat(busy.err).contains("busy: ");
    }

    @Test
    void namesASensorThatNobodyHas() {
        SimulatedHardware hardware = bmc.chassis().hardware();

        assertThatThrownBy(() -> hardware.say("Fan 9=0"))
                .hasMessageContaining("'Fan 9' is none of Inlet Temp, CPU Temp");
        assertThatThrownBy(() -> hardware.say("Fan 1=gone")).hasMessageContaining("none of ok, unreadable, disabled");
        assertThatThrownBy(() -> hardware.say("PSU 1=4")).hasMessageContaining("measures nothing");
        assertThatThrownBy(() -> hardware.say("Fan 1")).hasMessageContaining("is not NAME=VALUE");
    }

    @Test
    void measuresAndSaysWhetherTheTargetIsMet() {
        Result result = run("bmc", "measure", "--only", "loss-10", "--runs", "3", "--json");

        assertThat(result.code).isZero();
        assertThat(result.out).contains("\"name\" : \"loss-10\"", "3 of 3 proven", "\"kept\" : true");
        assertThat(run("bmc", "measure", "--only", "warp").err).contains("none of dead, wrong-password, loss-10");
    }

    @Test
    void aPortThatIsTakenIsNamed() throws IOException {
        Result result = run(
                "bmc",
                "simulate",
                "--user",
                "fencer",
                "--password-file",
                password.toString(),
                "--port",
                Integer.toString(bmc.port()));

        assertThat(result.code).isEqualTo(6);
        assertThat(result.err).contains("another process listens there");
    }
}
