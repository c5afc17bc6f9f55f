package io.holdfast.fencing.ipmi;

import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Debian's BMC simulator on a loopback port, with a chassis script whose moods are files in a directory. */
final class IpmiSim implements AutoCloseable {

    static final String PASSWORD = "f3nc3r";

    private static final BmcClient CLIENT = new BmcClient();

    private final Path directory;
    private final int port;
    private final Process process;

    private IpmiSim(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    static IpmiSim start(Path directory) throws IOException {
        return start(directory, null);
    }

    /** @param bmcKey K_g, of at most 20 characters, or null for none */
    static IpmiSim start(Path directory, @Nullable String bmcKey) throws IOException {
        int port = freePort();
        Path chassis = directory.resolve("chassis");
        Files.writeString(chassis, """
                #!/bin/sh
                cd %s
                [ -f slow ] && sleep 1.5
                case "$2 $3" in
                  "get power") echo "power:$(cat power)" ;;
                  "set power") [ -f refuse ] && exit 1; [ -f lie ] || echo "$4" > power ;;
                esac
                exit 0
                """.formatted(directory));
        Files.setPosixFilePermissions(chassis, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(directory.resolve("power"), "1\n");
        Files.writeString(directory.resolve("lan.conf"), """
                name "bmc1"
                set_working_mc 0x20
                startlan 1
                  addr 127.0.0.1 %d
                  priv_limit admin
                  allowed_auths_callback none md2 md5 straight
                  allowed_auths_user none md2 md5 straight
                  allowed_auths_operator none md2 md5 straight
                  allowed_auths_admin none md2 md5 straight
                  guid a123456789abcdefa123456789000001
                  %s
                endlan
                chassis_control "%s h1"
                user 1 false "" "" user 10 none md2 md5 straight
                user 2 true "fencer" "%s" operator 10 none md2 md5 straight
                """.formatted(
                        port, bmcKey == null ? "" : "bmc_key \"" + bmcKey + "\"", chassis, PASSWORD));
        Files.writeString(directory.resolve("cmds.emu"), """
                mc_setbmc 0x20
                mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
                sel_enable 0x20 1000 0x0a
                sensor_add 0x20 0 14 1 1 poll 100 file "%s"
                sensor_set_threshold 0x20 0 14 settable 011000 0 47 42 0 0 0
                sensor_set_event_support 0x20 0 14 enable scanning per-state 000000000000000 000000000000000 000000000000000 000000000000000
                main_sdr_add 0x20 %s
                mc_enable 0x20
                """.formatted(directory.resolve("temperature"), ambient()));
        Files.writeString(directory.resolve("temperature"), "24\n");
        Path state = Files.createDirectory(directory.resolve("state"));
        Process process = new ProcessBuilder(
                        "ipmi_sim",
                        "-n",
                        "-c",
                        directory.resolve("lan.conf").toString(),
                        "-f",
                        directory.resolve("cmds.emu").toString(),
                        "-s",
                        state.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        IpmiSim sim = new IpmiSim(directory, port, process);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> sim.device("fencer", PASSWORD, bmcKey, Suite.SUITE_3, Privilege.OPERATOR)
                                .readPower(Duration.ofSeconds(1))
                                .state()
                        == PowerState.ON);
        return sim;
    }

    /** The record of its one sensor: an ambient temperature, in degrees as they are, warning at 42, critical at 47. */
    private static String ambient() {
        String record = "000051013420000e07017f6801010000003018188001000001000000000007"
                + "1828007f80002f2a0000000000000000c9416d6269656e742031";
        return IntStream.range(0, record.length() / 2)
                .mapToObj(i -> "0x" + record.substring(2 * i, 2 * i + 2))
                .collect(Collectors.joining(" "));
    }

    void temperature(int degrees) {
        write("temperature", degrees + "\n");
    }

    static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    IpmiDevice device() {
        return device("fencer", PASSWORD, null, Suite.SUITE_3, Privilege.OPERATOR);
    }

    IpmiDevice device(String user, String password, @Nullable String bmcKey, Suite suite, Privilege privilege) {
        Secret key = bmcKey == null ? null : Secret.ofPassword(bmcKey);
        return new IpmiDevice(
                CLIENT, "127.0.0.1", port, new Login(user, Secret.ofPassword(password), key, suite, privilege));
    }

    void mood(String name) {
        write(name, "");
    }

    void power(boolean on) {
        write("power", on ? "1\n" : "0\n");
    }

    boolean hasPower() {
        try {
            return Files.readString(directory.resolve("power")).startsWith("1");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void write(String name, String text) {
        try {
            Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
