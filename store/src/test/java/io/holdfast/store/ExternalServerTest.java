package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.testing.TestDatabase;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that somebody else runs: here one of ours, reached by its URL alone. */
@Timeout(60)
final class ExternalServerTest {

    private static final String SECRET = "not-to-be-seen-4711";

    @TempDir
    private Path directory;

    private String name;
    private Path passwordFile;

    @BeforeEach
    void makeARole() throws Exception {
        name = "ext_" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection =
                        TestDatabase.server().dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create role " + name + " login password '" + SECRET + "'");
            statement.execute("create database " + name + " owner " + name);
        }
        passwordFile = secretFile("rw-------", SECRET + "\nsecond line\n");
    }

    @Test
    void isMigratedAndUsed() {
        try (Database database =
                        Database.open(settings(url(name), passwordFile), directory, SecretReader.ofCommand(Map.of()));
                Store store = Store.open(database.dataSource(), List.of())) {
            assertThat(database.embedded()).isNull();
            Numbers.write(store, 1);
            assertThat(Numbers.stored(store)).containsExactly(1);
        }
        // A second controller on the same server finds the schema in place.
        Database.open(settings(url(name), passwordFile), directory, SecretReader.ofCommand(Map.of()))
                .close();
    }

    /** A leader that is stopped in the middle of a transaction must not keep its successor from the row that both need. */
    @Test
    void aTransactionThatStandsStillIsEndedAndLetsGoOfWhatItHolds() throws Exception {
        try (Database database =
                        Database.open(settings(url(name), passwordFile), directory, SecretReader.ofCommand(Map.of()));
                Connection stopped = database.dataSource().getConnection();
                Statement holds = stopped.createStatement()) {
            stopped.setAutoCommit(false);
            holds.execute("select pg_advisory_xact_lock(4711)");
            try (Connection successor = database.dataSource().getConnection();
                    Statement waits = successor.createStatement()) {
                // Fails by the statement's own time-out if the other is not ended before.
                waits.execute("set lock_timeout = '20s'");
                waits.execute("select pg_advisory_lock(4711)");
            }
            assertThatThrownBy(() -> holds.execute("select 1")).isInstanceOf(SQLException.class);
            // The pool throws the broken one away by itself.
            assertThat(stopped.isValid(1)).isFalse();
        }
    }

    @Test
    void namesTheLoginWhenThePasswordIsWrongWithoutTellingIt() throws Exception {
        Path wrong = secretFile("rw-r-----", "wrong-" + SECRET);
        assertThatThrownBy(() -> Database.open(settings(url(name), wrong), directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("store.password-file")
                .satisfies(e -> assertThat(trace(e)).doesNotContain(SECRET));
    }

    @Test
    void refusesAPasswordFileThatEverybodyMayReadOrThatIsEmptyOrMissing() throws Exception {
        Path open = secretFile("rw-r--r--", SECRET);
        assertThatThrownBy(() -> Database.open(settings(url(name), open), directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("store.password-file")
                .hasMessageContaining("chmod 600 " + open);
        Path empty = secretFile("rw-------", "\n");
        assertThatThrownBy(() -> Database.open(settings(url(name), empty), directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("has 0");
        assertThatThrownBy(() -> Database.open(
                        settings(url(name), directory.resolve("none")), directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void namesTheDatabaseWhenItDoesNotExist() {
        assertThatThrownBy(() -> Database.open(
                        settings(url("nowhere"), passwordFile), directory, SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreRefused.class)
                .hasMessageContaining("store.url");
    }

    @Test
    void isUnavailableWhenNobodyListensOrNobodyAnswers() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        assertThatThrownBy(() -> Database.open(
                        settings(URI.create("jdbc:postgresql://127.0.0.1:" + closed + "/x"), passwordFile),
                        directory,
                        SecretReader.ofCommand(Map.of())))
                .isInstanceOf(StoreUnavailable.class);
        try (ServerSocket silent = new ServerSocket(0)) {
            URI url = URI.create("jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/x");
            long began = System.nanoTime();
            assertThatThrownBy(() ->
                            Database.open(settings(url, passwordFile), directory, SecretReader.ofCommand(Map.of())))
                    .isInstanceOf(StoreUnavailable.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void aServerThatComesUpAfterItsControllerIsWaitedFor() throws Exception {
        URI server = URI.create(url(name).getSchemeSpecificPart());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ServerSocket door = new ServerSocket(0)) {
            AtomicInteger callers = new AtomicInteger();
            // Ends when the door is closed.
            threads.submit(() -> {
                while (true) {
                    Socket caller = door.accept();
                    if (callers.incrementAndGet() <= 2) {
                        // Not up yet: the first two are hung up on without a word.
                        try (caller) {
                            continue;
                        }
                    }
                    Socket there = new Socket(server.getHost(), server.getPort());
                    threads.submit(() -> passOn(caller, there));
                    threads.submit(() -> passOn(there, caller));
                }
            });
            URI late = URI.create("jdbc:postgresql://127.0.0.1:" + door.getLocalPort() + "/" + name);
            try (Database database =
                            Database.open(settings(late, passwordFile), directory, SecretReader.ofCommand(Map.of()));
                    Connection connection = database.dataSource().getConnection()) {
                assertThat(connection.isValid(1)).isTrue();
            }
            assertThat(callers).hasValueGreaterThan(2);
        }
    }

    /** Until one of the two has ended; then neither is of use. */
    private static long passOn(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            return from.getInputStream().transferTo(to.getOutputStream());
        }
    }

    private StoreSettings settings(URI url, Path password) {
        return StoreSettings.defaults()
                .withConnectTimeout(Duration.ofSeconds(2))
                .withStartTimeout(Duration.ofSeconds(5))
                .withExternal(url, name, SecretFile.of(password));
    }

    private static URI url(String database) {
        return URI.create(TestDatabase.server().jdbcUrl(database));
    }

    private Path secretFile(String mode, String text) throws IOException {
        Path file = Files.createTempFile(directory, "secret", "");
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static String trace(Throwable e) {
        var text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }
}
