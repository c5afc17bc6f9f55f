package io.holdfast.store.testing;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Database;
import io.holdfast.store.EmbeddedPostgres;
import io.holdfast.store.Store;
import io.holdfast.store.StoreSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A fresh database, at the schema of this release, on a real PostgreSQL server.
 *
 * <p>One server per JVM, started at the first use and stopped at exit; when the JVM is killed, the kernel stops it. Each
 * {@link #fresh()} copies a migrated template, some tens of milliseconds. Closing is optional: it gives the connections
 * back earlier.
 */
public final class TestDatabase implements AutoCloseable {

    private static final String TEMPLATE = "template_holdfast";

    private final HikariDataSource pool;
    private final List<Store> stores = new ArrayList<>();

    private TestDatabase(HikariDataSource pool) {
        this.pool = pool;
    }

    /** A database of its own for one test. */
    public static TestDatabase fresh() {
        EmbeddedPostgres server = Server.get();
        String name = "test_" + Server.COUNT.incrementAndGet();
        try (Connection connection = server.dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name + " template " + TEMPLATE);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot create a test database", e);
        }
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(server.dataSource(name));
        config.setAutoCommit(false);
        config.setMaximumPoolSize(12);
        config.setMinimumIdle(0);
        config.setIdleTimeout(10_000);
        config.setConnectionTimeout(10_000);
        config.setInitializationFailTimeout(-1);
        return new TestDatabase(new HikariDataSource(config));
    }

    /** A store on a database of its own that maps these entities; the usual call. */
    public static Store freshStore(List<Class<?>> entities) {
        return fresh().store(entities);
    }

    /** A pool with auto-commit off, as {@link Database#dataSource()} gives. */
    public DataSource dataSource() {
        return pool;
    }

    /** A store on this database; two of them are like two controllers. Closed with this object. */
    public Store store(List<Class<?>> entities) {
        Store store = Store.open(pool, entities);
        stores.add(store);
        return store;
    }

    /** The server behind all of them, for tests that kill it. */
    public static EmbeddedPostgres server() {
        return Server.get();
    }

    /** Where the tests of one user unpack the server's programs once; unpacking takes a second each time. */
    public static Path sharedBinaries() {
        return Server.binaries();
    }

    @Override
    public void close() {
        stores.forEach(Store::close);
        pool.close();
    }

    /** Started when first asked for, by the class loader's own lock. */
    private static final class Server {

        static final AtomicInteger COUNT = new AtomicInteger();

        private static @Nullable EmbeddedPostgres running;

        static synchronized EmbeddedPostgres get() {
            if (running == null) {
                // Idle connections of earlier tests go within seconds, or a hundred tests would use up the server's.
                System.setProperty("com.zaxxer.hikari.housekeeping.periodMs", "3000");
                try {
                    Path directory = Files.createTempDirectory(
                            "holdfast-test-store-",
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
                    EmbeddedPostgres server = EmbeddedPostgres.start(
                            directory,
                            StoreSettings.defaults().withBinariesDirectory(binaries()),
                            SecretReader.ofCommand(Map.of()));
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                        server.close();
                        delete(directory);
                    }));
                    server.createDatabase(TEMPLATE);
                    Database.migrate(server.dataSource(TEMPLATE));
                    running = server;
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot make a directory for the test database", e);
                }
            }
            return running;
        }

        static Path binaries() {
            try {
                Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
                Path shared = Path.of(System.getProperty("java.io.tmpdir"), "holdfast-test-postgres-" + uid);
                if (!Files.isDirectory(shared)) {
                    Files.createDirectories(
                            shared, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
                }
                if (!Files.getAttribute(shared, "unix:uid").equals(uid)) {
                    throw new IllegalStateException(shared + " belongs to somebody else; remove it");
                }
                return shared;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot make the directory for the server's programs", e);
            }
        }

        private static void delete(Path root) {
            try {
                Files.walkFileTree(root, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                        Files.delete(dir);
                        return FileVisitResult.CONTINUE;
                    }
                });
            } catch (IOException e) {
                System.err.println("cannot remove " + root + ": " + e);
            }
        }
    }
}
