package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
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
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) commands, 0 not as they should be, .*\n");
    private static final int COMMANDS_MIN = 200;

    /** What the steps need, of the packages that {@code bin/requirements.tsv} names. */
    private static final List<Path> PACKAGES = Stream.of(
                    "openstackclient", "novaclient", "masakariclient", "osc_placement")
            .map(Path.of("/usr/lib/python3/dist-packages")::resolve)
            .toList();

    @TempDir
    Path home;

    private CloudInMemory cloud;
    private Path directory;

    private record Said(int code, String text) {}

    @BeforeEach
    void start() throws Exception {
        assumeTrue(PACKAGES.stream().allMatch(Files::isDirectory), "the stock clients are not installed");
        cloud = new CloudInMemory(home);
        directory = Files.createDirectories(home.resolve("here"));
        Files.copy(cloud.password(), directory.resolve("admin-password"));
        for (String image : List.of("disk.qcow2", "debian.qcow2")) {
            Files.write(directory.resolve(image), CloudInMemory.qcow2());
        }
        Files.writeString(
                directory.resolve("key.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann\n");
        Files.writeString(directory.resolve("user-data"), "#cloud-config\n{}\n");
    }

    @AfterEach
    void stop() {
        if (cloud != null) {
            cloud.close();
        }
    }

    /** {@code StockClientsTest} takes the same steps on real hosts; where there are none, these are what there is. */
    @Tag("stand-in")
    @Test
    void everyStepGoesAsItShould() throws Exception {
        Said openrc = holdfast("openrc", "--password-file", "admin-password");
        assertThat(openrc.code).as(openrc.text).isZero();
        Files.writeString(directory.resolve("openrc"), openrc.text);
        List<String> steps = new ArrayList<>();
        try (Stream<Path> files = Files.list(CLIENTS)) {
            files.filter(file -> file.toString().endsWith(".steps"))
                    .sorted()
                    .forEach(file -> steps.add(file.toString()));
        }
        Said said = shell(". ./openrc && exec " + CLIENTS.resolve("run") + " " + String.join(" ", steps));
        assertThat(said.code).as(said.text).isZero();
        Matcher summary = SUMMARY.matcher(said.text);
        assertThat(summary.matches()).as(said.text).isTrue();
        assertThat(Integer.parseInt(summary.group(1))).isGreaterThanOrEqualTo(COMMANDS_MIN);
        Files.writeString(Path.of("target/clients.txt"), said.text);
    }

    @Test
    void theQuickStartSaysWhatTheReadmeShows() throws Exception {
        Said said = shell("exec " + CLIENTS.resolve("run") + " --transcript " + README);
        assertThat(said.code).as(said.text).isZero();
        assertThat(said.text).matches(SUMMARY);
    }

    private Said holdfast(String... arguments) throws Exception {
        return shell("exec holdfast " + String.join(" ", arguments));
    }

    /** Runs it where the files are, with the product's command on the path, and nothing of this machine's clouds. */
    private Said shell(String line) throws IOException, InterruptedException {
        ProcessBuilder builder = Subprocess.of(List.of("bash", "-c", line))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("said").toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("OS_") || name.endsWith("_proxy"));
        environment.put("HOME", directory.toString());
        environment.put("PATH", command() + ":/usr/bin:/bin");
        environment.put("HOLDFAST_URL", cloud.url());
        Process process = builder.start();
        if (!process.waitFor(500, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not end: " + Files.readString(home.resolve("said")));
        }
        return new Said(process.exitValue(), Files.readString(home.resolve("said"), StandardCharsets.UTF_8));
    }

    /** The directory of a command {@code holdfast} that runs the classes under test, as the one in the distribution runs its jars. */
    private Path command() throws IOException {
        Path command = Files.createDirectories(home.resolve("bin")).resolve("holdfast");
        Files.writeString(command, """
                #!/bin/sh
                exec '%s' -XX:TieredStopAtLevel=1 -cp '%s' io.holdfast.server.Main "$@"
                """.formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"), System.getProperty("java.class.path")));
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
        return command.getParent();
    }
}
