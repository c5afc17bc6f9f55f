package io.holdfast.compute.drive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ConfigDrives;
import io.holdfast.compute.DriverException;
import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Those that need the program itself run where the lab does. */
class ConfigDriveFilesTest {

    private static final String FILE = "instances/one/config.iso";
    private static final Map<String, byte[]> CONTENT = Map.of(
            "openstack/latest/meta_data.json", bytes("{\"uuid\": \"1\"}"),
            "openstack/latest/user_data", bytes("#!/bin/sh\n"),
            "openstack/2018-08-27/meta_data.json", bytes("{}"));
    private static final Duration LIMIT = Duration.ofSeconds(15);

    @TempDir
    Path storage;

    @TempDir
    Path scratch;

    @BeforeEach
    void mount() throws IOException {
        Files.createDirectories(storage.resolve("images"));
    }

    @Test
    @Tag("lab")
    void aDriveHasTheLabelAndTheNamesThatGuestsLookFor(@TempDir Path out) throws Exception {
        try (ConfigDriveFiles drives = drives(ConfigDriveFiles.TOOL, LIMIT)) {
            drives.write(FILE, CONTENT);
        }
        Path drive = storage.resolve(FILE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(drive)))
                .isEqualTo("rw-------");
        // Where ISO 9660 keeps a volume's name: in its first descriptor, behind 16 sectors of 2048 bytes.
        byte[] all = Files.readAllBytes(drive);
        assertThat(new String(all, 16 * 2048 + 40, 32, StandardCharsets.US_ASCII).strip())
                .isEqualTo(ConfigDrives.LABEL);
        run("xorriso", "-indev", drive.toString(), "-osirrox", "on", "-extract", "/", out.toString());
        for (Map.Entry<String, byte[]> entry : CONTENT.entrySet()) {
            assertThat(Files.readAllBytes(out.resolve(entry.getKey()))).isEqualTo(entry.getValue());
        }
        assertThat(beside(drive)).containsExactly("config.iso");
        assertThat(leftInTemporary()).isEmpty();
    }

    @Test
    @Tag("lab")
    void aDriveIsReplacedWhole() throws Exception {
        try (ConfigDriveFiles drives = drives(ConfigDriveFiles.TOOL, LIMIT)) {
            drives.write(FILE, CONTENT);
            byte[] before = Files.readAllBytes(storage.resolve(FILE));
            drives.write(FILE, Map.of("openstack/latest/meta_data.json", bytes("another")));
            assertThat(Files.readAllBytes(storage.resolve(FILE))).isNotEqualTo(before);
        }
    }

    @Test
    void withoutTheProgramItSaysWhatToInstall() {
        try (ConfigDriveFiles drives = drives("no-such-program", LIMIT)) {
            assertThatThrownBy(() -> drives.write(FILE, CONTENT))
                    .isInstanceOfSatisfying(
                            DriverException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse())
                    .hasMessageContaining("install the package xorriso");
        }
    }

    @Test
    void aProgramThatFailsIsQuotedAndNothingIsLeft() throws Exception {
        try (ConfigDriveFiles drives = drives(script("echo 'no room' >&2; exit 3"), LIMIT)) {
            assertThatThrownBy(() -> drives.write(FILE, CONTENT))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("no room");
        }
        assertThat(beside(storage.resolve(FILE))).isEmpty();
        assertThat(leftInTemporary()).isEmpty();
    }

    @Test
    void storageThatDoesNotAnswerInTimeLeavesItOpen() throws Exception {
        try (ConfigDriveFiles drives = drives(script("exec sleep 60"), Duration.ofMillis(200))) {
            assertThatThrownBy(() -> drives.write(FILE, CONTENT))
                    .isInstanceOfSatisfying(
                            DriverException.class,
                            e -> assertThat(e.outcomeUnknown()).isTrue())
                    .hasMessageContaining("stalled");
            // Also then nothing of what the guest should have read is left on this machine.
            await().until(() -> leftInTemporary().isEmpty());
        }
    }

    @Test
    void storageThatCannotBeWrittenToIsNamed() throws Exception {
        Files.writeString(storage.resolve("instances"), "a file where the directory should be");
        try (ConfigDriveFiles drives = drives(ConfigDriveFiles.TOOL, LIMIT)) {
            assertThatThrownBy(() -> drives.write(FILE, CONTENT))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("config.iso could not be written");
        }
    }

    @Test
    void nothingIsWrittenBelowAMountPointWithoutTheStorage() throws Exception {
        Files.delete(storage.resolve("images"));
        try (ConfigDriveFiles drives = drives(ConfigDriveFiles.TOOL, LIMIT)) {
            assertThatThrownBy(() -> drives.write(FILE, CONTENT))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("is it mounted?");
        }
        assertThat(storage.resolve("instances")).doesNotExist();
    }

    @Test
    void whatOneThatWasKilledHasLeftIsRemoved() throws Exception {
        Files.createDirectories(scratch.resolve("drive-1/openstack/latest"));
        Files.writeString(scratch.resolve("drive-1/openstack/latest/user_data"), "a password");
        drives(ConfigDriveFiles.TOOL, LIMIT).close();
        assertThat(leftInTemporary()).isEmpty();
    }

    @Test
    void nothingIsWrittenOutsideOfTheSharedStorage() {
        try (ConfigDriveFiles drives = drives(ConfigDriveFiles.TOOL, LIMIT)) {
            assertThatThrownBy(() -> drives.write("../config.iso", CONTENT)).isInstanceOf(DriverException.class);
        }
    }

    private String script(String commands) throws IOException {
        Path file = storage.resolve("tool");
        Files.writeString(file, "#!/bin/sh\n" + commands + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }

    private static List<String> beside(Path drive) throws IOException {
        Path directory = drive.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private List<Path> leftInTemporary() {
        if (!Files.exists(scratch)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(scratch)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ConfigDriveFiles drives(String tool, Duration limit) {
        return new ConfigDriveFiles(storage, scratch, tool, limit);
    }

    private static void run(String... command) throws Exception {
        Process process = Subprocess.of(command).redirectErrorStream(true).start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isZero();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
