package io.holdfast.server.bmc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.configured.ConfiguredDevices;
import io.holdfast.model.PowerState;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code holdfast bmc simulate --redfish-port}: one machine in two languages, used by what the command prints. */
@Timeout(180)
final class BmcSimulateTest {

    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Pattern IPMI = Pattern.compile("UDP port ([0-9]+); its machine is (on|off)");
    private static final Path FENCE_REDFISH = Path.of("/usr/sbin/fence_redfish");

    private record Result(int code, String out, String err) {}

    @TempDir
    Path directory;

    private Path password;
    private final StringWriter said = new StringWriter();
    private Thread command;

    @BeforeEach
    void secret() throws IOException {
        password = Files.writeString(directory.resolve("password"), "s3cret\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (command != null) {
            command.interrupt();
            command.join(TimeUnit.SECONDS.toMillis(30));
            assertThat(command.isAlive()).isFalse();
        }
    }

    private Terminal terminal(StringWriter out, StringWriter err) {
        return new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                directory,
                80,
                false,
                InstantSource.system());
    }

    private static int execute(Terminal terminal, List<String> arguments) {
        return HoldfastCommandLine.assemble(
                        terminal,
                        List.of(new Section("Tools", List.of(new BmcCommand(terminal)))),
                        KnownFailures::translated)
                .execute(arguments.toArray(String[]::new));
    }

    private List<String> simulate(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("bmc", "simulate", "--user", "fencer", "--password-file", password.toString(), "--port", "0"));
        arguments.addAll(List.of(more));
        return arguments;
    }

    /** Runs until the test ends. */
    private void play(String... more) {
        Terminal terminal = terminal(said, new StringWriter());
        command = Thread.ofPlatform().start(() -> execute(terminal, simulate(more)));
        await().atMost(Duration.ofSeconds(60)).until(() -> said.toString().contains("certificate-sha256"));
    }

    private Result run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = execute(terminal(out, err), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private String ipmi(String verb) {
        Matcher matcher = IPMI.matcher(said.toString());
        assertThat(matcher.find()).isTrue();
        Result result = run(List.of(
                "bmc",
                "power",
                "127.0.0.1",
                verb,
                "--port",
                matcher.group(1),
                "--user",
                "fencer",
                "--password-file",
                password.toString(),
                "--deadline",
                "10s"));
        assertThat(result.code).as(result.err).isZero();
        return result.out.strip();
    }

    /** As a controller would have it, from the lines that were printed. */
    private FencingSettings printed() throws IOException {
        String all = said.toString();
        Path file = Files.writeString(directory.resolve("printed.yaml"), all.substring(all.indexOf("\nfencing:\n")));
        return SettingsLoader.load(file, ControllerSettings.defaults()).fencing();
    }

    private FenceDevice redfish() throws IOException {
        return ConfiguredDevices.of(printed(), SecretReader.ofCommand(Map.of()))
                .all()
                .get("simulated");
    }

    private void bothRead(PowerState wanted) throws IOException {
        PowerReading reading = redfish().readPower(CALL);
        assertThat(reading.state()).as(reading.detail()).isEqualTo(wanted);
        assertThat(ipmi("status")).isEqualTo("chassis power is " + (wanted == PowerState.ON ? "on" : "off"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "slashes", "action-info", "terse", "pages"})
    void whatIsSwitchedInOneLanguageIsReadInTheOther(String vendor) throws IOException {
        play("--redfish-port", "0", "--redfish-vendor", vendor);
        assertThat(said.toString()).contains("As a device in settings:", "password-file: " + password);
        bothRead(PowerState.ON);

        assertThat(ipmi("off")).isEqualTo("accepted: off");
        bothRead(PowerState.OFF);

        PowerOrder on = redfish().powerOn(CALL);
        assertThat(on.answer()).as(on.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        bothRead(PowerState.ON);

        PowerOrder off = redfish().powerOff(CALL);
        assertThat(off.answer()).as(off.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        bothRead(PowerState.OFF);
    }

    @Test
    void powerAndHardwareAreAsTheCommandSays() throws IOException {
        play("--redfish-port", "0", "--off", "--sensor", "Fan 1=0");

        bothRead(PowerState.OFF);
        assertThat(redfish().hardware(CALL).summary()).contains("Fan 1");
    }

    static boolean fenceRedfishIsThere() {
        return Files.isExecutable(FENCE_REDFISH);
    }

    /** The certificate is new with each start, so that this client, which pins none, takes whichever there is. */
    @Test
    @EnabledIf(value = "fenceRedfishIsThere", disabledReason = "fence_redfish is not installed (package fence-agents)")
    void aStockClientSwitchesTheSamePower() throws Exception {
        play("--redfish-port", "0");
        int port = ((FencingSettings.Redfish) printed().devices().get("simulated")).portOrDefault();

        assertThat(fenceRedfish(port, "status")).isZero();
        assertThat(ipmi("off")).isEqualTo("accepted: off");
        assertThat(fenceRedfish(port, "status")).as("off").isEqualTo(2);
        assertThat(fenceRedfish(port, "on")).isZero();
        assertThat(ipmi("status")).isEqualTo("chassis power is on");
        assertThat(fenceRedfish(port, "off")).isZero();
        assertThat(ipmi("status")).isEqualTo("chassis power is off");
    }

    private int fenceRedfish(int port, String action) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(FENCE_REDFISH.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("fence_redfish.log").toFile())
                .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write("""
                    action=%s
                    ip=127.0.0.1
                    ipport=%d
                    username=fencer
                    password=s3cret
                    ssl_insecure=1
                    """.formatted(action, port).getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("fence_redfish " + action + " does not end");
        }
        return process.exitValue();
    }

    @ParameterizedTest
    @CsvSource({"--lying, true", "--refusing, false", "--busy, false", "--garbled, false", "--silent, false"})
    void aFaultIsThereInTheOtherLanguageToo(String fault, boolean accepted) throws IOException {
        play("--redfish-port", "0", fault);

        PowerOrder order = redfish().powerOff(Duration.ofSeconds(3));

        assertThat(order.answer() == PowerOrder.Answer.ACCEPTED)
                .as(order.detail())
                .isEqualTo(accepted);
        if (accepted || fault.equals("--refusing")) {
            bothRead(PowerState.ON);
        }
    }

    @Test
    void slownessIsThereInTheOtherLanguageToo() throws IOException {
        play("--redfish-port", "0", "--slow", "1500ms");

        assertThat(redfish().readPower(Duration.ofSeconds(1)).state()).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void anotherCertificateIsNotTrusted() throws IOException {
        play("--redfish-port", "0");
        String own = said.toString().replaceAll("(?s).*certificate-sha256: \"?([0-9a-f]{64}).*", "$1");
        Files.writeString(
                directory.resolve("printed.yaml"),
                said.toString()
                        .substring(said.toString().indexOf("\nfencing:\n"))
                        .replace(own, "0".repeat(64)));

        PowerReading reading = ConfiguredDevices.of(
                        SettingsLoader.load(directory.resolve("printed.yaml"), ControllerSettings.defaults())
                                .fencing(),
                        SecretReader.ofCommand(Map.of()))
                .all()
                .get("simulated")
                .readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).contains(own);
    }

    @Test
    void whatCannotBeIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Result port = run(simulate("--redfish-port", Integer.toString(taken.getLocalPort())));
            assertThat(port.code).isEqualTo(6);
            assertThat(port.err).contains("another process listens there");
        }
        Result vendor = run(simulate("--redfish-port", "0", "--redfish-vendor", "acme"));
        assertThat(vendor.code).isEqualTo(2);
        assertThat(vendor.err).contains("'acme' is none of plain, slashes, action-info, terse, pages");
        Result faults = run(simulate("--redfish-port", "0", "--lying", "--busy"));
        assertThat(faults.code).isEqualTo(2);
        assertThat(faults.err).contains("over Redfish it can have one of --silent");
        Result alone = run(simulate("--redfish-vendor", "plain"));
        assertThat(alone.code).isEqualTo(2);
        assertThat(alone.err).contains("--redfish-port");
    }
}
