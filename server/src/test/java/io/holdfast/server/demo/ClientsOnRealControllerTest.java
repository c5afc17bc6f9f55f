package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.Closing;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * OpenStack's stock clients against a whole controller over hosts in memory: the steps in {@code src/test/clients}, and the quick
 * start of the README.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ClientsOnRealControllerTest {

    private static final Path CLIENTS = Path.of("src/test/clients").toAbsolutePath();
    private static final Path README = Path.of("../README.md").toAbsolutePath().normalize();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) commands, 0 not as they should be, .*\n");
    private static final int COMMANDS_MIN = 200;

    /** What the steps need, of the packages that {@code bin/requirements.tsv} names. */
    private static final List<Path> PACKAGES = Stream.of("openstackclient", "novaclient", "masakariclient")
            .map(Path.of("/usr/lib/python3/dist-packages")::resolve)
            .toList();

    @TempDir
    Path home;

    private final Closing closing = new Closing();
    private Path directory;
    private String url;

    private record Said(int code, String text) {}

    @BeforeEach
    void start() throws Exception {
        assumeTrue(PACKAGES.stream().allMatch(Files::isDirectory), "the stock clients are not installed");
        ControllerSettings settings = new ControllerConsole(home).settings(FencingSettings.defaults());
        SimulatedStorage storage = closing.add(new SimulatedStorage(Duration.ofMillis(100)));
        SimulatedRack rack = closing.add(SimulatedRack.of(3, home.resolve("hosts"), storage, settings));
        Controller controller =
                closing.add(Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack));
        rack.powerOnAll();
        url = "http://127.0.0.1:" + controller.apiPort();
        ControllerConsole console = new ControllerConsole(home);
        directory = Files.createDirectories(home.resolve("here"));
        Files.copy(home.resolve("controller/admin-password"), directory.resolve("admin-password"));
        for (String image : List.of("disk.qcow2", "debian.qcow2")) {
            Files.write(directory.resolve(image), emptyQcow2());
        }
        Files.writeString(
                directory.resolve("key.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann\n");
        Files.writeString(directory.resolve("user-data"), "#cloud-config\n{}\n");
    }

    @AfterEach
    void stop() {
        closing.close();
    }
}
