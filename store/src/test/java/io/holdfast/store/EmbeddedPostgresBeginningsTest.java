package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.secrets.Keyring;
import io.holdfast.secrets.MasterKey;
import io.holdfast.secrets.PlainSecrets;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The beginnings of the embedded server: with nothing, with what another left, and with what it must not go on with. */
@Timeout(120)
final class EmbeddedPostgresBeginningsTest {

    private static final StoreSettings SETTINGS =
            StoreSettings.defaults().withBinariesDirectory(TestDatabase.sharedBinaries());

    @TempDir
    private Path directory;

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
    void unpacksIntoAPlaceThatIsNamedByWayOfAnother() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        EmbeddedPostgres.unpack(elsewhere.resolve("../here"));
        assertThat(EmbeddedPostgres.programs(directory.resolve("here")).resolve("bin/postgres"))
                .isExecutable();
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

    private static EmbeddedPostgres embedded(Database database) {
        return java.util.Objects.requireNonNull(database.embedded());
    }

    private static void run(String... words) throws Exception {
        var done = ServerAccount.Command.run(List.of(words), Duration.ofSeconds(10));
        assertThat(done.exit()).as(done.output()).isZero();
    }
}
