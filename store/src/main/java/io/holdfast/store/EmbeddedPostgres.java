package io.holdfast.store;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.Subprocess;
import io.holdfast.secrets.WholeFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of our own, under the state directory, that comes back by itself.
 *
 * <p><b>Intuition.</b> A new user types one command and has a durable database; whatever dies, starting again is the
 * whole repair.
 *
 * <p><b>Model.</b> One supervisor thread unpacks the programs, creates the database cluster, and then goes round: end
 * what is left of an earlier run, start the server, wait until it answers, wait until it ends. An end that nobody asked
 * for is followed by a new start, at once the first time, then after 100 ms, doubling to 5 s. Meanwhile
 * {@link #dataSource} waits a moment for the server and then fails with a state that {@link Store} turns into
 * {@link StoreUnavailable} or {@link DiskFull}.
 *
 * <p><b>Invariants.</b>
 *
 * <ul>
 *   <li>At most one server per data directory: the lock of {@link StateDirectory} keeps other controllers out, and
 *       {@link Orphans} waits until the last old process is gone.
 *   <li>No server without a controller: the kernel sends SIGINT to the server when the <em>thread</em> that started it
 *       ends. That is why a platform thread starts it that lives as long as the server: started from a virtual thread
 *       or a pool, the server would stop when that thread is put away.
 *   <li>Committed means synced: {@code fsync} and {@code synchronous_commit} are on, pages carry checksums.
 *   <li>Nobody else gets in: loopback only, no Unix socket, and a random password (SCRAM) in a file of mode 0600.
 * </ul>
 *
 * <p><b>What if we die here?</b> While unpacking or creating the cluster: the half-made directory has another name, and
 * the next start removes it. While running: the server shuts down cleanly within a fraction of a second; if it was
 * killed too, PostgreSQL replays its log at the next start.
 *
 * <p><b>Rejected.</b> A server that is left running between two lives of the controller: starting takes 0.2 s, and
 * adopting a server of unknown version and settings is not worth that. An embedded Java database: a second SQL dialect,
 * and none that survived the tests of killing it.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Logger SERVER_LOG = LoggerFactory.getLogger("io.holdfast.store.postgres");

    static final String USER = "holdfast";
    private static final String HOME = "postgres";
    private static final String PASSWORD_FILE = "password";
    private static final String OWN_PASSWORD = "the embedded database's own password";
    private static final int OWN_PASSWORD_BYTES_MAX = 1024;
    private static final String MAJOR_VERSION = "18";

    private static final Duration RESTART_DELAY_MIN = Duration.ofMillis(100);
    private static final Duration RESTART_DELAY_MAX = Duration.ofSeconds(5);

    /** A server that ran this long was healthy: its next death is answered at once again. */
    private static final Duration HEALTHY_AFTER = Duration.ofSeconds(10);

    /** How long a caller is kept waiting for a server that is coming up; longer than an ordinary restart takes. */
    private static final Duration CALLER_PATIENCE = Duration.ofSeconds(2);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    private static final Duration INITDB_LIMIT = Duration.ofMinutes(2);
    private static final int KEPT_LINES = 40;

    /** A server that dies this often before it ever answered will not; a port taken in the meantime takes one try. */
    private static final int FIRST_START_ATTEMPTS = 3;

    /** What the supervisor knows about the server. */
    private sealed interface Phase {
        /** Not answering yet, or not any more; {@code why} is for people. */
        record Coming(String why, boolean diskFull) implements Phase {}

        record Up(int port, long pid) implements Phase {}

        record Closed() implements Phase {}
    }

    private final StateDirectory home;
    private final StoreSettings settings;
    private final Path data;
    private final CompletableFuture<Void> firstStart = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread supervisor;

    /** Guarded by {@link #lock}. Once Closed, it stays so. */
    private Phase phase = new Phase.Coming("starting", false);

    /** The last lines the server wrote, newest last. Guarded by itself: the reader adds, the supervisor reads. */
    private final Deque<String> lastLines = new ArrayDeque<>();

    /** Kept between two runs, so that callers find the server where it was. Used by the supervisor alone. */
    private int port;

    private final SecretReader secrets;

    /** Written once by the supervisor before the server starts. */
    private volatile String password = "";

    private EmbeddedPostgres(StateDirectory home, StoreSettings settings, SecretReader secrets) {
        this.secrets = secrets;
        this.home = home;
        this.settings = settings;
        this.data = home.path().resolve("data");
        this.supervisor = Thread.ofPlatform().daemon().name("store-postgres").unstarted(this::supervise);
    }

    /**
     * Unpacks the server's programs ahead of time, for whoever packages or installs; a directory that has them already is
     * left alone.
     *
     * @param directory what {@code store.binaries-directory} will name
     */
    public static void unpack(Path directory) {
        PostgresBinaries.unpackedUnder(directory);
    }

    /**
     * Starts the server of a state directory, creating it if this is the first time, and returns when it answers.
     *
     * @param stateDirectory everything of the server goes into {@code postgres/} below it
     * @throws StateDirectoryInUse when another process runs this server
     * @throws StoreRefused when it cannot run here; the message says what to change
     * @throws DiskFull when there is no space
     * @throws StoreUnavailable when it does not answer within {@code startTimeout}
     * @throws SecretException when its own password cannot be had
     */
    public static EmbeddedPostgres start(Path stateDirectory, StoreSettings settings, SecretReader secrets) {
        PostgresBinaries.requireLinuxOnX86();
        try {
            StateDirectory.createDirectories(stateDirectory);
        } catch (IOException e) {
            throw Failures.ofFile("cannot create the state directory " + stateDirectory, e);
        }
        StateDirectory home = StateDirectory.lock(stateDirectory.resolve(HOME));
        EmbeddedPostgres postgres = new EmbeddedPostgres(home, settings, secrets);
        boolean started = false;
        try {
            postgres.supervisor.start();
            postgres.awaitFirstStart();
            started = true;
            return postgres;
        } finally {
            if (!started) {
                postgres.close();
            }
        }
    }

    /** The address of a database on this server; the port changes when another program takes it during a restart. */
    public String jdbcUrl(String database) {
        lock.lock();
        try {
            int port = phase instanceof Phase.Up(int p, long ignored) ? p : 0;
            return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
        } finally {
            lock.unlock();
        }
    }

    /** Where the server under a state directory keeps its password, which nobody else needs. */
    public static Path passwordFile(Path stateDirectory) {
        return stateDirectory.resolve(HOME).resolve(PASSWORD_FILE);
    }

    /** Where {@link #unpack} put the programs under this directory: the directory with {@code bin/postgres} in it. */
    public static Path programs(Path directory) {
        return PostgresBinaries.unpackedUnder(directory);
    }

    /** Process id of the server, or -1 while it is not up. */
    public long pid() {
        lock.lock();
        try {
            return phase instanceof Phase.Up(int ignored, long pid) ? pid : -1;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Connections to a database on this server, unpooled, wherever the server is at the moment. Fails with SQLSTATE
     * 57P03 while the server is coming up, and 53100 while it cannot because the disk is full.
     */
    public DataSource dataSource(String database) {
        return dataSource(database, new Properties());
    }

    DataSource dataSource(String database, Properties properties) {
        return new DriverDataSource(() -> {
            int port = awaitUp(CALLER_PATIENCE);
            Properties all = new Properties();
            all.putAll(properties);
            all.setProperty("logServerErrorDetail", "false");
            all.setProperty("user", USER);
            all.setProperty("password", password);
            return new DriverDataSource.Target("jdbc:postgresql://127.0.0.1:" + port + "/" + database, all);
        });
    }

    /** Creates a database unless it exists. */
    public void createDatabase(String name) {
        requireWord(name);
        try (Connection connection = dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet found = statement.executeQuery("select 1 from pg_database where datname = '" + name + "'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw Failures.ofSql(e, false, e);
        }
    }

    /** Stops the server in order: open transactions are rolled back, everything committed is on disk. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (phase instanceof Phase.Closed) {
                return;
            }
            phase = new Phase.Closed();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        supervisor.interrupt();
        boolean interrupted = false;
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos() + INITDB_LIMIT.toNanos();
        while (supervisor.isAlive() && System.nanoTime() < deadline) {
            try {
                // Waits through an interrupt of the caller: leaving early would give up the lock under a live server.
                supervisor.join(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        home.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitFirstStart() {
        try {
            firstStart.get(settings.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StoreException known -> throw known;
                case SecretException secret -> throw secret;
                case IOException io -> throw Failures.ofFile("cannot start the embedded PostgreSQL", io);
                case null, default -> throw new StoreDefect("cannot start the embedded PostgreSQL", e.getCause());
            }
        } catch (TimeoutException e) {
            throw new StoreUnavailable(
                    "the embedded PostgreSQL did not answer within "
                            + settings.startTimeout().toSeconds() + " s (store.start-timeout); its last words: "
                            + lastWords(),
                    false,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("interrupted while starting the embedded PostgreSQL", false, e);
        }
    }

    private int awaitUp(Duration limit) throws SQLException {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (true) {
                switch (phase) {
                    case Phase.Up(int port, long ignored) -> {
                        return port;
                    }
                    case Phase.Closed() -> throw new SQLException("the embedded PostgreSQL has been stopped", "57P03");
                    case Phase.Coming(String why, boolean diskFull) -> {
                        if (left <= 0) {
                            throw new SQLException(
                                    "the embedded PostgreSQL is being restarted: " + why, diskFull ? "53100" : "57P03");
                        }
                        left = changed.awaitNanos(left);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for the embedded PostgreSQL", "57P03", e);
        } finally {
            lock.unlock();
        }
    }

    /** The life of the supervisor thread; see the class comment. Everything below runs on it. */
    private void supervise() {
        try {
            sweepUnfinished();
            Path parent = settings.binariesDirectory() == null ? home.path() : settings.binariesDirectory();
            Path programs = PostgresBinaries.unpackedUnder(parent);
            ServerAccount account = ServerAccount.choose(data, programs);
            password = ownPassword();
            if (!Files.isDirectory(data)) {
                createCluster(account, programs);
            }
            requireSameVersion();
            keepRunning(account, programs);
        } catch (IOException | RuntimeException | Error e) {
            // Before the first start the caller of start() gets it. After it, callers keep getting "unavailable" with
            // this reason: the controller goes on to say so, rather than to vanish.
            if (!firstStart.completeExceptionally(e)) {
                LOG.error("embedded PostgreSQL is no longer supervised", e);
            }
            become(new Phase.Coming("its supervisor stopped: " + e, Failures.isDiskFull(e.getMessage())));
        } catch (InterruptedException e) {
            // Only close() interrupts this thread, and it waits for exactly this end.
            firstStart.completeExceptionally(e);
            Thread.currentThread().interrupt();
        }
    }

    private void keepRunning(ServerAccount account, Path programs) throws IOException, InterruptedException {
        Duration delay = Duration.ZERO;
        int deaths = 0;
        while (!isClosed()) {
            long began = System.nanoTime();
            String why;
            try {
                why = "ended with status " + runOnce(account, programs);
            } catch (IOException | StoreException e) {
                // Before the first start the caller hears of it. Later the cause (a stalled disk, no more processes)
                // may pass, and a supervisor that gave up would not notice.
                if (!firstStart.isDone()) {
                    throw e;
                }
                why = "cannot be started: " + e.getMessage();
            }
            String words = lastWords();
            why += words.isEmpty() ? "" : "; last words: " + words;
            boolean full = Failures.isDiskFull(why);
            become(new Phase.Coming(why, full));
            if (isClosed()) {
                return;
            }
            if (!firstStart.isDone() && ++deaths == FIRST_START_ATTEMPTS) {
                String message = "the embedded PostgreSQL under " + home.path() + " does not start: " + why;
                throw full ? new DiskFull(message, null) : new StoreRefused(message, null);
            }
            if (Duration.ofNanos(System.nanoTime() - began).compareTo(HEALTHY_AFTER) >= 0) {
                delay = Duration.ZERO;
            }
            LOG.warn("embedded PostgreSQL: up -> down, {}; starting again in {} ms", why, delay.toMillis());
            Thread.sleep(delay);
            delay = delay.isZero() ? RESTART_DELAY_MIN : min(delay.multipliedBy(2), RESTART_DELAY_MAX);
        }
    }

    /** Starts the server and stays until it has ended; returns its exit status. */
    private int runOnce(ServerAccount account, Path programs) throws IOException, InterruptedException {
        Orphans.end(data);
        Orphans.forget(data);
        if (port == 0 || lastWords().contains("Address already in use")) {
            port = freePort();
        }
        synchronized (lastLines) {
            lastLines.clear();
        }
        long began = System.nanoTime();
        Process server = launch(account, programs, port);
        try {
            if (awaitReady(server)) {
                become(new Phase.Up(port, server.pid()));
                LOG.info(
                        "embedded PostgreSQL: up, port {}, pid {}, {} ms",
                        port,
                        server.pid(),
                        (System.nanoTime() - began) / 1_000_000);
                firstStart.complete(null);
            }
            return server.waitFor();
        } finally {
            if (server.isAlive()) {
                stop(server);
            }
        }
    }

    private Process launch(ServerAccount account, Path programs, int port) throws IOException {
        List<String> words = new ArrayList<>(account.prefix("INT"));
        words.add(programs.resolve("bin/postgres").toString());
        words.addAll(List.of("-D", data.toString()));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "password_encryption=scram-sha-256",
                // Durable, whatever else changes here.
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                // Small: a controller has thousands of rows, and shares the machine.
                "shared_buffers=32MB",
                "max_connections=100",
                "max_wal_size=256MB",
                "min_wal_size=32MB",
                "jit=off",
                "io_method=sync",
                "max_parallel_workers_per_gather=0",
                // No replication from the embedded server; whoever needs that runs a server.
                "wal_level=minimal",
                "max_wal_senders=0",
                "max_logical_replication_workers=0",
                // LOG and above, without values of rows: statements that fail are reported to their caller.
                "log_min_messages=log",
                "log_min_error_statement=panic",
                "log_error_verbosity=terse",
                "log_checkpoints=off",
                "log_line_prefix=",
                "log_timezone=UTC",
                "timezone=UTC")) {
            words.add("-c");
            words.add(setting);
        }
        ProcessBuilder builder = Subprocess.of(words).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        ServerAccount.Command.clean(builder);
        Process server = builder.start();
        // Through a pipe and not into a file: on a full disk its last words are what we need most.
        Thread.ofPlatform().daemon().name("store-postgres-log").start(() -> keepLines(server));
        return server;
    }

    private void keepLines(Process server) {
        try (BufferedReader reader = server.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lastLines) {
                    lastLines.addLast(line);
                    if (lastLines.size() > KEPT_LINES) {
                        lastLines.removeFirst();
                    }
                }
                if (line.startsWith("FATAL") || line.startsWith("PANIC")) {
                    SERVER_LOG.warn("{}", line);
                } else {
                    SERVER_LOG.debug("{}", line);
                }
            }
        } catch (IOException e) {
            // The pipe breaks when the server is killed; the supervisor sees that by the process itself.
            SERVER_LOG.debug("end of output: {}", e.toString());
        }
    }

    /** Reads the server's own word ("ready" in postmaster.pid): cheaper than logging in, and never a wrong server. */
    private boolean awaitReady(Process server) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + settings.startTimeout().toNanos();
        String pid = Long.toString(server.pid());
        while (server.isAlive()) {
            try {
                List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
                if (lines.size() > 7 && lines.get(0).equals(pid) && lines.get(7).startsWith("ready")) {
                    return true;
                }
            } catch (NoSuchFileException e) {
                // Not written yet; the process is watched too, so this ends either way.
                SERVER_LOG.trace("no postmaster.pid yet");
            }
            if (System.nanoTime() > deadline) {
                stop(server);
                return false;
            }
            Thread.sleep(5);
        }
        return false;
    }

    /** SIGINT is PostgreSQL's "fast" stop; Java itself only knows SIGTERM, which would wait for every client to leave. */
    private void stop(Process server) {
        boolean interrupted = Thread.interrupted();
        try {
            ServerAccount.Command.run(
                    List.of("sh", "-c", "kill -INT \"$0\"", Long.toString(server.pid())), Duration.ofSeconds(5));
            if (!server.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("embedded PostgreSQL did not stop within {} s; killing it", STOP_LIMIT.toSeconds());
                server.destroyForcibly();
                Orphans.end(data);
            }
            LOG.info("embedded PostgreSQL: stopped, pid {}", server.pid());
        } catch (IOException e) {
            LOG.warn("embedded PostgreSQL could not be asked to stop; killing it", e);
            server.destroyForcibly();
        } catch (InterruptedException e) {
            server.destroyForcibly();
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void createCluster(ServerAccount account, Path programs) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Path fresh = home.path().resolve("data.new-" + UUID.randomUUID());
        Path secret = home.path().resolve("secret.new-" + UUID.randomUUID());
        var privately = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try {
            Files.createDirectory(fresh, privately);
            writeSecret(secret, password);
            if (account instanceof ServerAccount.Other(int uid, int gid)) {
                for (Path path : List.of(fresh, secret)) {
                    Files.setAttribute(path, "unix:gid", gid);
                    Files.setAttribute(path, "unix:uid", uid);
                }
            }
            List<String> words = new ArrayList<>(account.prefix("KILL"));
            words.addAll(List.of(
                    programs.resolve("bin/initdb").toString(),
                    "--pgdata=" + fresh,
                    "--username=" + USER,
                    "--pwfile=" + secret,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions"));
            var done = ServerAccount.Command.run(words, INITDB_LIMIT);
            if (isClosed()) {
                throw new InterruptedException("closed while creating the database");
            }
            if (done.exit() != 0) {
                if (Failures.isDiskFull(done.output())) {
                    throw new DiskFull(
                            "cannot create the database under " + home.path()
                                    + ": no space left on the disk; free some, then start again",
                            null);
                }
                throw new StoreRefused(
                        "cannot create the database under " + home.path() + ": " + oneLine(done.output()), null);
            }
            Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(home.path());
            LOG.info("embedded PostgreSQL: database created, {} ms", (System.nanoTime() - began) / 1_000_000);
        } finally {
            Files.deleteIfExists(secret);
            PostgresBinaries.deleteTree(fresh);
        }
    }

    /** Removes what an interrupted first start left behind. */
    private void sweepUnfinished() throws IOException {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(home.path(), "{data,secret,programs}.{new,broken}-*")) {
            for (Path path : found) {
                LOG.info("removing {}, left over from an interrupted start", path);
                PostgresBinaries.deleteTree(path);
            }
        }
    }

    private String ownPassword() throws IOException {
        Path file = home.path().resolve(PASSWORD_FILE);
        if (Files.exists(file)) {
            return secrets.readOwn(OWN_PASSWORD, SecretFile.of(file), OWN_PASSWORD_BYTES_MAX);
        }
        if (Files.isDirectory(data)) {
            throw new StoreRefused(
                    "the database in " + data + " is there, but its password file " + file
                            + " is missing; restore it from the backup",
                    null);
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String made = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        WholeFile.create(file, secrets.atRest(file, (made + "\n").getBytes(StandardCharsets.US_ASCII)));
        return made;
    }

    /** For {@code initdb}, which reads it as it is; gone when that has ended. */
    private static void writeSecret(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text + "\n", StandardOpenOption.WRITE, StandardOpenOption.SYNC);
    }

    private static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void requireSameVersion() throws IOException {
        String found = Files.readString(data.resolve("PG_VERSION")).strip();
        if (!found.equals(MAJOR_VERSION)) {
            throw new StoreRefused(
                    "the database in " + data + " was made by PostgreSQL " + found + ", this release brings "
                            + MAJOR_VERSION + "; see the operator guide, upgrading the embedded database",
                    null);
        }
    }

    private void become(Phase next) {
        lock.lock();
        try {
            if (!(phase instanceof Phase.Closed)) {
                phase = next;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return phase instanceof Phase.Closed;
        } finally {
            lock.unlock();
        }
    }

    private String lastWords() {
        synchronized (lastLines) {
            return String.join(
                    " | ",
                    lastLines.stream()
                            .filter(line ->
                                    line.startsWith("FATAL") || line.startsWith("PANIC") || line.contains("could not"))
                            .toList());
        }
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ');
    }

    private static void requireWord(String name) {
        if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
            throw new IllegalArgumentException("not a valid database name: '" + name + "'");
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /** Free at this moment; if somebody is faster, the server says so, and the supervisor asks for another. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return socket.getLocalPort();
        }
    }
}
