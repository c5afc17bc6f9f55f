package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.secrets.SecretReader;
import io.holdfast.store.testing.TestDatabase;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
