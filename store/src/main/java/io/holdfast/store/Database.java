package io.holdfast.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.holdfast.secrets.SecretReader;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of a controller: running, at the schema of this release, behind a bounded pool of connections.
 *
 * <p>Opening it blocks for as long as the server takes to start and to migrate. Closing it gives up the connections
 * first and then stops the server, if it is ours.
 */
public final class Database implements AutoCloseable {

    static final String NAME = "holdfast";

    /**
     * How long a transaction may stand still between two statements. A leader that was stopped in the middle of one holds
     * the row that says who leads, and the next leader waits for it: so this has to be shorter than a hand-over may take.
     * Work in a transaction touches nothing but the session, so a process that runs never gets near it.
     */
    static final Duration IDLE_IN_TRANSACTION = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private static final int PASSWORD_BYTES_MAX = 1024;

    private static final Duration ASK_AGAIN = Duration.ofMillis(250);

    private final @Nullable EmbeddedPostgres server;
    private final HikariDataSource pool;

    private Database(@Nullable EmbeddedPostgres server, HikariDataSource pool) {
        this.server = server;
        this.pool = pool;
    }

    /**
     * Starts the embedded server under {@code stateDirectory}, or connects to the server that the settings name, and
     * migrates its schema. Either may take {@link StoreSettings#startTimeout} to answer.
     *
     * @throws StoreRefused when the settings, the login or the schema do not fit; the message says what to do
     * @throws StoreUnavailable when the server could not be reached in all that time, or this thread was interrupted
     * @throws StateDirectoryInUse when another process runs the embedded server of this directory
     */
    public static Database open(StoreSettings settings, Path stateDirectory, SecretReader secrets) {
        if (settings.embedded()) {
            EmbeddedPostgres server = EmbeddedPostgres.start(stateDirectory, settings, secrets);
            boolean opened = false;
            try {
                server.createDatabase(NAME);
                Database database = onServer(server, NAME, settings);
                opened = true;
                return database;
            } finally {
                if (!opened) {
                    server.close();
                }
            }
        }
        URI url = java.util.Objects.requireNonNull(settings.url());
        Properties login = new Properties();
        login.setProperty("user", java.util.Objects.requireNonNull(settings.user()));
        if (settings.passwordFile() != null) {
            login.setProperty(
                    "password", secrets.read("store.password-file", settings.passwordFile(), PASSWORD_BYTES_MAX));
        }
        return awaited(
                settings.startTimeout(),
                () -> assemble(null, settings, extra -> {
                    Properties all = new Properties();
                    all.putAll(extra);
                    all.putAll(login);
                    return new DriverDataSource(() -> new DriverDataSource.Target(url.toString(), all));
                }));
    }

    /**
     * A server that cannot be reached now is asked again: after a power cut, or on a machine that is busy with starting, the
     * database may come up after its controllers. What was refused stays refused.
     */
    private static Database awaited(Duration limit, Supplier<Database> opening) {
        long begunNanos = System.nanoTime();
        boolean told = false;
        while (true) {
            try {
                return opening.get();
            } catch (StoreUnavailable e) {
                if (System.nanoTime() - begunNanos >= limit.toNanos()) {
                    throw e;
                }
                if (!told) {
                    LOG.warn("{}; asking again for up to {} s", e.getMessage(), limit.toSeconds());
                    told = true;
                }
                pause(e);
            }
        }
    }

    private static void pause(StoreUnavailable why) {
        try {
            Thread.sleep(ASK_AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    /** A database of an embedded server that is up; closing the result stops the server too. */
    private static Database onServer(EmbeddedPostgres server, String name, StoreSettings settings) {
        return assemble(server, settings, properties -> server.dataSource(name, properties));
    }

    private static Database assemble(
            @Nullable EmbeddedPostgres server,
            StoreSettings settings,
            java.util.function.Function<Properties, DataSource> connections) {
        // A migration may take longer than any statement of ours should.
        migrate(connections.apply(driverProperties(settings, false)));
        return new Database(server, pool(connections.apply(driverProperties(settings, true)), settings));
    }

    /** The pool. */
    public DataSource dataSource() {
        return pool;
    }

    /** The embedded server, or null when the server is somebody else's. */
    public @Nullable EmbeddedPostgres embedded() {
        return server;
    }

    @Override
    public void close() {
        pool.close();
        if (server != null) {
            server.close();
        }
    }

    static HikariDataSource pool(DataSource connections, StoreSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("store");
        config.setDataSource(connections);
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(2);
        config.setConnectionTimeout(settings.connectTimeout().toMillis());
        config.setValidationTimeout(Math.min(2000, settings.connectTimeout().toMillis()));
        config.setAutoCommit(false);
        // Whether it answers was just found out by the migration, with a better message.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /**
     * Brings a schema up to the one of this release. Several controllers may do so at once; they take turns.
     *
     * @throws StoreRefused when the schema is newer than this release, or a migration failed
     */
    public static void migrate(DataSource connections) {
        try (var probe = connections.getConnection()) {
            // Flyway wraps the reason of a failed login in pages of text; asked here, the server's own words are at
            // hand.
            probe.setReadOnly(true);
        } catch (SQLException e) {
            throw Failures.ofSql(e, false, e);
        }
        try {
            Flyway flyway = Flyway.configure(Database.class.getClassLoader())
                    .dataSource(connections)
                    .locations("classpath:db/migration")
                    .table("schema_history")
                    .cleanDisabled(true)
                    .load();
            refuseNewer(flyway);
            flyway.migrate();
        } catch (FlywayException e) {
            StoreException known = Failures.ofTransaction(e, false);
            throw known != null && !(known instanceof StoreDefect)
                    ? known
                    : new StoreRefused("the database schema cannot be brought up to date: " + e.getMessage(), e);
        }
    }

    /** A release must not write into a schema it does not know: it might break what the newer one relies on. */
    private static void refuseNewer(Flyway flyway) {
        for (MigrationInfo applied : flyway.info().applied()) {
            if (applied.getState().isFailed()) {
                throw new StoreRefused(
                        "migration " + applied.getVersion()
                                + " of the database schema failed earlier; restore the backup "
                                + "made before the upgrade",
                        null);
            }
            if (applied.getState().name().startsWith("FUTURE")) {
                throw new StoreRefused(
                        "the database schema is at version " + applied.getVersion()
                                + ", which a newer release of Holdfast made; run that release, or restore the backup "
                                + "made before the upgrade",
                        null);
            }
        }
    }

    private static Properties driverProperties(StoreSettings settings, boolean limited) {
        Properties p = new Properties();
        p.setProperty("ApplicationName", "holdfast");
        p.setProperty("tcpKeepAlive", "true");
        // The detail of an error repeats values of rows, which have no business in a log.
        p.setProperty("logServerErrorDetail", "false");
        long connectSeconds = Math.max(1, settings.connectTimeout().toSeconds());
        p.setProperty("connectTimeout", Long.toString(connectSeconds));
        p.setProperty("loginTimeout", Long.toString(connectSeconds));
        if (limited) {
            long millis = settings.statementTimeout().toMillis();
            p.setProperty(
                    "options",
                    "-c statement_timeout=" + millis + " -c lock_timeout=" + millis
                            + " -c idle_in_transaction_session_timeout="
                            + Math.min(millis, IDLE_IN_TRANSACTION.toMillis()));
            // The server ends a statement by itself; this is for a server that does not answer at all.
            p.setProperty(
                    "socketTimeout", Long.toString(settings.statementTimeout().toSeconds() + 5));
        }
        return p;
    }
}
