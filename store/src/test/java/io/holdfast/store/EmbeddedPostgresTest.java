package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.MasterKey;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.testing.TestDatabase;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded server against everything that kills, fills or damages it. */
@Timeout(120)
final class EmbeddedPostgresTest {

    private static final StoreSettings SETTINGS =
            StoreSettings.defaults().withBinariesDirectory(TestDatabase.sharedBinaries());

    @TempDir
    private Path directory;

    @Test
    void comesBackWithEveryAcknowledgedRowWhenItIsKilledInUse() throws Exception {
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()));
                Store store = Store.open(database.dataSource(), List.of())) {
            EmbeddedPostgres server = embedded(database);
            List<Integer> acknowledged = new ArrayList<>();
            List<StoreException> refusals = new ArrayList<>();
            int number = 0;
            for (int kill = 0; kill < 3; kill++) {
                int from = acknowledged.size();
                while (acknowledged.size() < from + 50) {
                    Numbers.write(store, ++number);
                    acknowledged.add(number);
                }
                long killed = server.pid();
                ProcessHandle.of(killed).orElseThrow().destroyForcibly();
                long began = System.nanoTime();
                boolean back = false;
                while (!back) {
                    try {
                        Numbers.write(store, ++number);
                        acknowledged.add(number);
                        back = server.pid() > 0 && server.pid() != killed;
                    } catch (StoreUnavailable e) {
                        assertThat(e.retryable()).isTrue();
                        refusals.add(e);
                    }
                    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
                }
                System.out.printf(
                        "killed server took writes again after %d ms%n", (System.nanoTime() - began) / 1_000_000);
            }
            assertThat(refusals).isNotEmpty();
            assertThat(Numbers.stored(store)).containsAll(acknowledged);
        }
    }

    @Test
    void survivesTheDeathOfControllerAndServerTogetherThoughABackendLivesOn() throws Exception {
        Process writer = writer();
        int acknowledged = 0;
        try (BufferedReader said = writer.inputReader()) {
            long server = Long.parseLong(said.readLine().split(" ")[1]);
            while (acknowledged < 200) {
                acknowledged = Integer.parseInt(said.readLine());
            }
            ProcessHandle.of(server).orElseThrow().destroyForcibly();
            // Through the handle: Process.destroyForcibly would close the pipe that still holds acknowledgements.
            writer.toHandle().destroyForcibly();
            assertThat(writer.waitFor(10, TimeUnit.SECONDS)).isTrue();
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                if (line.matches("[0-9]+")) {
                    acknowledged = Integer.parseInt(line);
                }
            }
        }
        assertThat(Orphans.of(directory.resolve("postgres/data")))
                .as("the busy backend that makes this test worth its name")
                .isNotEmpty();
        long began = System.nanoTime();
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()));
                Store store = Store.open(database.dataSource(), List.of())) {
            System.out.printf("opened after a crash in %d ms%n", (System.nanoTime() - began) / 1_000_000);
            assertThat(Numbers.stored(store)).hasSizeGreaterThanOrEqualTo(acknowledged);
        }
        assertThat(Orphans.of(directory.resolve("postgres/data"))).isEmpty();
    }

    @Test
    void startsThoughTheNumberInThePidFileBelongsToAStranger() throws Exception {
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
        // What is left after kill -9, with the number given away since; the rest of the file has the server's own form.
        Files.writeString(
                directory.resolve("postgres/data/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + directory + "\n1700000000\n5432\n\n127.0.0.1\n\nready\n");
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
    }

    @Test
    void stopsByItselfWhenItsControllerIsKilled() throws Exception {
        Process writer = writer();
        try (BufferedReader said = writer.inputReader()) {
            assertThat(said.readLine()).startsWith("up ");
            writer.destroyForcibly();
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> Orphans.of(directory.resolve("postgres/data")).isEmpty());
    }

    @Test
    void refusesASecondControllerOnTheSameDirectory() throws Exception {
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()))) {
            assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                    .isInstanceOf(StateDirectoryInUse.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
            Process second = writer();
            try (BufferedReader said = second.inputReader()) {
                assertThat(said.readLine())
                        .startsWith("refused ")
                        .contains("process " + ProcessHandle.current().pid());
            }
            assertThat(embedded(database).pid())
                    .as("the first is not disturbed")
                    .isPositive();
        }
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
    }

    @Test
    void runsInADirectoryThatIsClosedToOtherAccounts() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
    }

    @Test
    void runsAsAnotherAccountWhereRootLetsItPass() throws Exception {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).isEqualTo(0);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()))) {
            assertThat(Files.getAttribute(Path.of("/proc/" + embedded(database).pid()), "unix:uid"))
                    .isNotEqualTo(0);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("chmod o+x " + directory);
    }

    @Test
    void keepsTheDataAndTheSecretFromOthers() throws Exception {
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()))) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("postgres/password"))))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("postgres/data"))))
                    .isEqualTo("rwx------");
            String url = embedded(database).jdbcUrl("holdfast");
            assertThat(url).startsWith("jdbc:postgresql://127.0.0.1:");
            assertThatThrownBy(() -> java.sql.DriverManager.getConnection(url, "holdfast", "guess"))
                    .isInstanceOfSatisfying(
                            java.sql.SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
        }
    }

    @Test
    void healsAnUnpackingAndACreationThatWereCutOff() throws Exception {
        Path home = directory.resolve("postgres");
        Files.createDirectories(home.resolve("programs.new-1/bin"));
        Files.writeString(home.resolve("programs.new-1/bin/postgres"), "half");
        Files.createDirectories(home.resolve("data.new-2"));
        Files.writeString(home.resolve("data.new-2/PG_VERSION"), "18");
        Files.writeString(home.resolve("secret.new-3"), "x");
        long began = System.nanoTime();
        Database.open(SETTINGS.withBinariesDirectory(null), directory, SecretReader.ofCommand(Map.of()))
                .close();
        System.out.printf("first start and stop %d ms%n", (System.nanoTime() - began) / 1_000_000);
        began = System.nanoTime();
        Database.open(SETTINGS.withBinariesDirectory(null), directory, SecretReader.ofCommand(Map.of()))
                .close();
        System.out.printf("later start and stop %d ms%n", (System.nanoTime() - began) / 1_000_000);
        try (var left = Files.list(home)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains(".new-"))
                    .contains("data", "password");
        }
    }

    @Test
    void unpacksAgainWhatIsDamaged() throws Exception {
        Path programs = PostgresBinaries.unpackedUnder(directory);
        Path server = programs.resolve("bin/postgres");
        long size = Files.size(server);

        Files.writeString(programs.resolve("files.list"), "garbage");
        assertThat(PostgresBinaries.unpackedUnder(directory)).isEqualTo(programs);
        assertThat(Files.readString(programs.resolve("files.list"))).contains("bin/postgres");

        Files.write(server, new byte[0]);
        PostgresBinaries.unpackedUnder(directory);
        assertThat(Files.size(server)).isEqualTo(size);

        Files.delete(server);
        PostgresBinaries.unpackedUnder(directory);
        assertThat(Files.size(server)).isEqualTo(size);
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(programs);
        }
    }

    @Test
    void saysSoWhenThePasswordFileIsGoneOrTheDataIsOfAnotherVersion() throws Exception {
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
        Path password = directory.toRealPath().resolve("postgres/password");
        Path away = directory.resolve("away");
        Files.move(password, away);
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining(password.toString())
                .hasMessageContaining("restore it");
        Files.move(away, password);
        Files.writeString(directory.resolve("postgres/data/PG_VERSION"), "17\n");
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("PostgreSQL 17");
    }

    @Test
    void saysSoWhenItsPasswordIsEncryptedWithAKeyThatIsNotThere() {
        Keyring keys = Keyring.of(List.of(MasterKey.random(new SecureRandom())));
        SecretReader reader = new SecretReader(() -> keys, PlainSecrets.REFUSE, _ -> {});
        Database.open(SETTINGS, directory, reader).close();
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("postgres/password is encrypted with key "
                        + keys.first().orElseThrow().id());
        Database.open(SETTINGS, directory, reader).close();
    }

    @Test
    void saysSoWhenTheServerDoesNotStart() throws Exception {
        Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())).close();
        Files.delete(directory.resolve("postgres/data/global/pg_control"));
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("does not start")
                .hasMessageContaining("pg_control");
    }

    @Test
    void refusesTheSchemaOfANewerRelease() throws Exception {
        try (Database database = Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of()));
                var connection = embedded(database).dataSource(Database.NAME).getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "insert into schema_history (installed_rank, version, description, type, script, checksum,"
                            + " installed_by, execution_time, success)"
                            + " values (9999, '9999', 'later', 'SQL', 'V9999__later.sql', 1, 'x', 1, true)");
        }
        assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("version 9999")
                .hasMessageContaining("newer release");
    }

    @Test
    @Tag("lab")
    void acknowledgesNothingThatAFullDiskDidNotTakeAndGoesOnWhenThereIsSpace() throws Exception {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).isEqualTo(0);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        run("mount", "-t", "tmpfs", "-o", "size=110m,mode=0711", "tmpfs", directory.toString());
        try {
            StoreSettings impatient = SETTINGS.withConnectTimeout(Duration.ofSeconds(4));
            try (Database database = Database.open(impatient, directory, SecretReader.ofCommand(Map.of()));
                    Store store = Store.open(database.dataSource(), List.of())) {
                Path ballast = Files.write(directory.resolve("ballast"), new byte[24 << 20]);
                List<Integer> acknowledged = new ArrayList<>();
                String payload = java.util.HexFormat.of().formatHex(randomBytes(200_000));
                @Nullable StoreException refusal = null;
                for (int i = 1; refusal == null && i < 1000; i++) {
                    try {
                        Numbers.write(store, i, payload);
                        acknowledged.add(i);
                    } catch (StoreException e) {
                        refusal = e;
                    }
                }
                System.out.printf("full after %d rows: %s%n", acknowledged.size(), refusal);
                assertThat(refusal).isNotNull().matches(StoreException::retryable);
                // The server may have lost its log's disk space and died of it; then the reason is told from then on.
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThatThrownBy(() -> Numbers.write(store, 5000, payload))
                                .isInstanceOf(DiskFull.class)
                                .hasMessageContaining("No space left"));
                Files.delete(ballast);
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptionsInstanceOf(StoreException.class)
                        .untilAsserted(() -> Numbers.write(store, 6000));
                assertThat(Numbers.stored(store)).containsAll(acknowledged).contains(6000);
            }
        } finally {
            run("umount", directory.toString());
        }
    }

    @Test
    @Tag("lab")
    void saysSoWhenTheDiskIsFullAtTheFirstStart() throws Exception {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).isEqualTo(0);
        run("mount", "-t", "tmpfs", "-o", "size=20m,mode=0711", "tmpfs", directory.toString());
        try {
            assertThatThrownBy(() -> Database.open(SETTINGS, directory, SecretReader.ofCommand(Map.of())))
                    .isInstanceOf(DiskFull.class)
                    .hasMessageContaining("no space left");
            assertThatThrownBy(() -> Database.open(
                            SETTINGS.withBinariesDirectory(null), directory, SecretReader.ofCommand(Map.of())))
                    .isInstanceOf(DiskFull.class);
        } finally {
            run("umount", directory.toString());
        }
    }

    private Process writer() throws Exception {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WriterProcess.class.getName(),
                        directory.toString(),
                        TestDatabase.sharedBinaries().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static EmbeddedPostgres embedded(Database database) {
        return java.util.Objects.requireNonNull(database.embedded());
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new java.util.Random(7).nextBytes(bytes);
        return bytes;
    }

    private static void run(String... words) throws Exception {
        var done = ServerAccount.Command.run(List.of(words), Duration.ofSeconds(10));
        assertThat(done.exit()).as(done.output()).isZero();
    }
}
