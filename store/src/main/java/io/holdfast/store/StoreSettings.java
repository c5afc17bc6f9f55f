package io.holdfast.store;

import io.holdfast.model.SecretFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the controller keeps its data.
 *
 * @param url an external PostgreSQL server, {@code jdbc:postgresql://host:port/database?options}; never with a password.
 *     Default: none, which means the embedded server under the state directory (Linux on x86_64 only)
 * @param user role to log in as at the external server; required with {@code url}, ignored without
 * @param passwordFile text file whose first line is that role's password; refused when everybody may read it. Default:
 *     none, for servers that trust a certificate or the network
 * @param poolSize connections, 2 to 50, default 16. Too small: callers queue under load; too large: the server spends
 *     its memory on idle connections (the embedded one takes 100 in all)
 * @param connectTimeout how long a caller waits for a connection, 250 ms to 60 s, default 5 s. Too short: the restart
 *     of a killed embedded server (a second or so) shows as errors; too long: callers hang while the database is away
 * @param statementTimeout the longest a single statement or a lock wait may last, 1 s to 10 min, default 30 s. Too short:
 *     large listings fail; too long: callers hang while the database is cut off. A transaction that stands still is ended
 *     after 3 s at the latest, so that a frozen controller does not keep its row locks
 * @param startTimeout how long the server may take until it answers when the controller starts, 5 s to 60 min, default
 *     2 min. It includes crash recovery; too short: a large recovery of the embedded server is cut off and begins anew, and
 *     a controller that was started before its external server ends; too long: it waits in silence for one that never comes
 * @param binariesDirectory where the embedded server's programs are unpacked to (60 MB). Default: under the state
 *     directory; several state directories on one machine may share one
 */
public record StoreSettings(
        @Nullable URI url,
        @Nullable String user,
        @Nullable SecretFile passwordFile,
        int poolSize,
        Duration connectTimeout,
        Duration statementTimeout,
        Duration startTimeout,
        @Nullable Path binariesDirectory) {

    public static StoreSettings defaults() {
        return new StoreSettings(
                null, null, null, 16, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(2), null);
    }

    public StoreSettings {
        if (url != null) {
            String text = url.toString();
            String lower = text.toLowerCase(Locale.ROOT);
            int slash = text.indexOf('/', "jdbc:postgresql://".length());
            boolean userInfo = text.indexOf('@') >= 0 && (slash < 0 || text.indexOf('@') < slash);
            // The value is not repeated here: it holds the very thing that must not reach a log.
            if (lower.contains("password=") || lower.contains("user=") || userInfo) {
                throw new IllegalArgumentException(
                        "store.url must not carry a user or a password; use store.user and " + "store.password-file");
            }
            if (!text.startsWith("jdbc:postgresql://")) {
                throw new IllegalArgumentException(
                        "store.url must look like jdbc:postgresql://host:5432/database, is " + text);
            }
            if (user == null || user.isBlank()) {
                throw new IllegalArgumentException("store.user must be set when store.url is set, is empty");
            }
        }
        if (poolSize < 2 || poolSize > 50) {
            throw new IllegalArgumentException("store.pool-size must be between 2 and 50, is " + poolSize);
        }
        requireBetween("connect-timeout", connectTimeout, Duration.ofMillis(250), Duration.ofSeconds(60));
        requireBetween("statement-timeout", statementTimeout, Duration.ofSeconds(1), Duration.ofMinutes(10));
        requireBetween("start-timeout", startTimeout, Duration.ofSeconds(5), Duration.ofMinutes(60));
    }

    /** Whether the database is ours to start and stop. */
    public boolean embedded() {
        return url == null;
    }

    public StoreSettings withExternal(URI server, String role, @Nullable SecretFile password) {
        return new StoreSettings(
                server, role, password, poolSize, connectTimeout, statementTimeout, startTimeout, binariesDirectory);
    }

    public StoreSettings withBinariesDirectory(@Nullable Path directory) {
        return new StoreSettings(
                url, user, passwordFile, poolSize, connectTimeout, statementTimeout, startTimeout, directory);
    }

    public StoreSettings withConnectTimeout(Duration limit) {
        return new StoreSettings(
                url, user, passwordFile, poolSize, limit, statementTimeout, startTimeout, binariesDirectory);
    }

    public StoreSettings withStartTimeout(Duration limit) {
        return new StoreSettings(
                url, user, passwordFile, poolSize, connectTimeout, statementTimeout, limit, binariesDirectory);
    }

    private static void requireBetween(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "store." + key + " must be between " + text(min) + " and " + text(max) + ", is " + text(value));
        }
    }

    private static String text(Duration d) {
        return d.toMillis() % 1000 == 0 ? d.toSeconds() + "s" : d.toMillis() + "ms";
    }
}
