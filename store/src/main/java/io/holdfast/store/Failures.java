package io.holdfast.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.Locale;
import org.hibernate.HibernateException;
import org.hibernate.StaleStateException;
import org.hibernate.exception.JDBCConnectionException;
import org.jspecify.annotations.Nullable;

/** Turns what the driver, Hibernate and the file system throw into a {@link StoreException}: one table, in one place. */
final class Failures {

    private Failures() {}

    static StoreException ofFile(String doing, IOException e) {
        if (isDiskFull(e.getMessage())) {
            return new DiskFull(doing + ": no space left on the disk; free some, then start again", e);
        }
        String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (e instanceof AccessDeniedException) {
            what = "permission denied: " + what;
        } else if (e instanceof FileSystemException fs && fs.getReason() == null) {
            what = e.getClass().getSimpleName() + ": " + what;
        }
        return new StoreRefused(doing + ": " + what, e);
    }

    static boolean isDiskFull(@Nullable String text) {
        return text != null
                && (text.contains("No space left on device")
                        || text.contains("Disk quota exceeded")
                        || text.contains("Check free disk space"));
    }

    /**
     * Names the failure of a transaction.
     *
     * @param committing whether the commit had been sent, so that a lost connection leaves the outcome unknown
     * @return null when it has nothing to do with the database, and should be passed on as it is
     */
    static @Nullable StoreException ofTransaction(Throwable thrown, boolean committing) {
        SQLException sql = null;
        boolean stale = false;
        boolean fromHibernate = false;
        boolean connectionLost = false;
        int depth = 0;
        for (Throwable t = thrown; t != null && depth < 30; t = t.getCause(), depth++) {
            if (t instanceof StoreException already) {
                return already;
            }
            stale |= t instanceof StaleStateException || t instanceof jakarta.persistence.OptimisticLockException;
            fromHibernate |= t instanceof HibernateException || t instanceof jakarta.persistence.PersistenceException;
            connectionLost |= t instanceof JDBCConnectionException;
            if (t instanceof SQLException s) {
                sql = mostTelling(sql, s);
            }
        }
        if (stale) {
            return new StaleWrite(
                    "the row was changed by somebody else since it was read; nothing was written", thrown);
        }
        if (sql != null) {
            return ofSql(sql, committing, thrown);
        }
        if (connectionLost) {
            return new StoreUnavailable("the connection to the database was lost", committing, thrown);
        }
        return fromHibernate ? new StoreDefect("the database layer failed: " + thrown.getMessage(), thrown) : null;
    }

    static StoreException ofSql(SQLException sql, boolean committing, Throwable thrown) {
        SQLException said = serversWords(sql);
        String state = said.getSQLState() == null ? "" : said.getSQLState();
        String text = said.getMessage() == null ? state : firstLine(said.getMessage());
        if (state.equals("53100") || isDiskFull(text)) {
            return new DiskFull("the disk under the database is full; free some: " + text, committing, thrown);
        }
        if (state.startsWith("23")) {
            String name = said instanceof org.postgresql.util.PSQLException p && p.getServerErrorMessage() != null
                    ? p.getServerErrorMessage().getConstraint()
                    : null;
            return new ConstraintViolated("the database refused the row: " + text, name, thrown);
        }
        return switch (state) {
            case "28P01", "28000" ->
                new StoreRefused(
                        "the database refused the login; check store.user and the file that store.password-file names: "
                                + text,
                        thrown);
            case "3D000" ->
                new StoreRefused("the database does not exist; create it, or correct store.url: " + text, thrown);
            case "42501" ->
                new StoreRefused("the database user lacks a right; grant it, or change store.user: " + text, thrown);
            case "25006" ->
                new StoreUnavailable(
                        "the database is read-only (a standby?); waiting for a primary: " + text, false, thrown);
            default ->
                isUnavailable(state, sql)
                        ? new StoreUnavailable("the database is not available: " + text, committing, thrown)
                        : new StoreDefect("the database refused a statement (" + state + "): " + text, thrown);
        };
    }

    /** Deadlock and serialization failure: the work may simply be run again, the database has undone it. */
    static boolean isTransient(Throwable thrown) {
        int depth = 0;
        for (Throwable t = thrown; t != null && depth < 30; t = t.getCause(), depth++) {
            if (t instanceof SQLException s && ("40001".equals(s.getSQLState()) || "40P01".equals(s.getSQLState()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnavailable(String state, SQLException sql) {
        return state.startsWith("08")
                || state.startsWith("57")
                || state.startsWith("53")
                || state.startsWith("40")
                || state.equals("55P03")
                || state.equals("25P03")
                || sql instanceof java.sql.SQLTransientException
                || sql instanceof java.sql.SQLNonTransientConnectionException
                || firstLine(String.valueOf(sql.getMessage()))
                        .toLowerCase(Locale.ROOT)
                        .contains("connection is closed");
    }

    /** The pool wraps what really happened; the exception that carries a state of the server says more than one without. */
    private static SQLException mostTelling(@Nullable SQLException known, SQLException found) {
        return known == null || known.getSQLState() == null || known instanceof java.sql.SQLTransientConnectionException
                ? found
                : known;
    }

    /** A failed batch hangs the server's own words behind an exception that repeats the whole statement. */
    private static SQLException serversWords(SQLException sql) {
        return sql instanceof java.sql.BatchUpdateException && sql.getNextException() != null
                ? sql.getNextException()
                : sql;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
