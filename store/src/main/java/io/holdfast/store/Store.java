package io.holdfast.store;

import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Transaction;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs work in transactions.
 *
 * <p><b>Model.</b> {@link #inTransaction} opens a session, hands it to the work, and commits what the work did, all or
 * nothing. When it returns, the result is on disk. When it throws, nothing was stored (but see
 * {@link StoreException#outcomeUnknown()}).
 *
 * <p><b>Work may run more than once.</b> PostgreSQL resolves a deadlock by ending one of the transactions; that one is
 * run again, up to {@value #ATTEMPTS} times. So the work touches the session and nothing else: no message sent, no
 * field of the caller changed. Other failures are not tried again here: {@link StaleWrite} means that the decision has
 * to be made anew, and how long to wait for a database that is away only the caller can know.
 */
public final class Store implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Store.class);

    private static final int ATTEMPTS = 4;

    private final SessionFactory sessions;

    /**
     * Bound while work runs. A transaction inside another would wait for a connection that the outer ones hold, and
     * under load all of them would wait for each other.
     */
    private final ScopedValue<Boolean> inside = ScopedValue.newInstance();

    private Store(SessionFactory sessions) {
        this.sessions = sessions;
    }

    /**
     * Prepares to map the given entities. The schema is Flyway's ({@link Database}); nothing is created or changed here.
     *
     * @param connections a pool that hands out connections with auto-commit off; it is not closed with this store
     * @param entities classes annotated with {@code @Entity}, of all modules that share this store
     */
    public static Store open(DataSource connections, List<Class<?>> entities) {
        Configuration configuration = new Configuration();
        entities.forEach(configuration::addAnnotatedClass);
        configuration.getProperties().put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, connections);
        configuration.setProperty(AvailableSettings.CONNECTION_PROVIDER_DISABLES_AUTOCOMMIT, "true");
        // What it speaks to is known (the oldest version that an operator may run); asking would slow every start.
        configuration.setProperty(AvailableSettings.JAKARTA_HBM2DDL_DB_NAME, "PostgreSQL");
        configuration.setProperty(AvailableSettings.JAKARTA_HBM2DDL_DB_MAJOR_VERSION, "14");
        configuration.setProperty("hibernate.boot.allow_jdbc_metadata_access", "false");
        configuration.setProperty(AvailableSettings.JAKARTA_HBM2DDL_DATABASE_ACTION, "none");
        configuration.setProperty(AvailableSettings.USE_SECOND_LEVEL_CACHE, "false");
        configuration.setProperty(AvailableSettings.USE_QUERY_CACHE, "false");
        // Every failure reaches the caller as an exception; logged here as well, it would spill values of rows.
        configuration.setProperty("hibernate.jdbc.log.errors", "false");
        configuration.setProperty(AvailableSettings.JDBC_TIME_ZONE, "UTC");
        configuration.setProperty(AvailableSettings.STATEMENT_BATCH_SIZE, "50");
        // Queries for a list of ids have as many forms as there are powers of two, and not as there are lengths.
        configuration.setProperty(AvailableSettings.IN_CLAUSE_PARAMETER_PADDING, "true");
        configuration.setProperty(AvailableSettings.ORDER_INSERTS, "true");
        configuration.setProperty(AvailableSettings.ORDER_UPDATES, "true");
        try {
            return new Store(configuration.buildSessionFactory());
        } catch (RuntimeException e) {
            StoreException known = Failures.ofTransaction(e, false);
            throw known == null ? e : known;
        }
    }

    /**
     * Runs the work and commits.
     *
     * @return what the work returned; entities in it are detached
     * @throws StoreException when it was not stored; everything else that the work throws rolls back and passes through
     */
    public <T extends @Nullable Object> T inTransaction(Function<Session, T> work) {
        if (inside.isBound()) {
            throw new IllegalStateException(
                    "a transaction inside another: pass the session on, or begin after the first has ended");
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return ScopedValue.where(inside, true).call(() -> once(work));
            } catch (StoreException e) {
                if (attempt == ATTEMPTS || !Failures.isTransient(e)) {
                    throw e;
                }
                LOG.debug("transaction undone by the database, attempt {} of {}: {}", attempt, ATTEMPTS, e.toString());
                pause(attempt);
            }
        }
    }

    /** {@link #inTransaction} for work without a result. */
    public void inTransactionDo(Consumer<Session> work) {
        boolean done = inTransaction(session -> {
            work.accept(session);
            return true;
        });
        LOG.trace("transaction stored: {}", done);
    }

    @Override
    public void close() {
        sessions.close();
    }

    /**
     * Refuses the transaction unless {@code epoch} is the newest that was ever seen for the segment, and keeps it the
     * newest until the transaction ends: a new leader's first write waits for the old leader's last, and every later
     * write of the old leader fails. Call it first in each transaction that acts for a segment.
     *
     * <p>An epoch newer than the recorded one is recorded: epochs come from ZooKeeper and never go back, so the newer
     * one is right, and whoever carries it is thereby known here.
     *
     * @throws StaleLeaderException when a newer epoch is recorded
     * @throws ConstraintViolated when the segment does not exist
     */
    public static void requireLeaderEpoch(Session session, SegmentId segment, LeaderEpoch epoch) {
        Long recorded = sharedEpoch(session, segment);
        if (recorded == null || recorded < epoch.value()) {
            raise(session, segment, epoch, null);
            recorded = sharedEpoch(session, segment);
        }
        if (recorded == null || recorded != epoch.value()) {
            throw new StaleLeaderException(segment, epoch, LeaderEpoch.of(recorded == null ? 0 : recorded));
        }
    }

    /**
     * Records who leads a segment from now on. Writes of older leaders are refused once this is committed.
     *
     * @param holder name of the controller, for people
     * @throws StaleLeaderException when a newer epoch is recorded
     */
    public static void recordLeader(Session session, SegmentId segment, LeaderEpoch epoch, String holder) {
        raise(session, segment, epoch, holder);
        requireLeaderEpoch(session, segment, epoch);
    }

    /** The epoch of the newest leader that was recorded for a segment; zero when there never was one. */
    public static LeaderEpoch newestLeader(Session session, SegmentId segment) {
        return LeaderEpoch.of(session.createNativeQuery(
                        "select coalesce(max(epoch), 0) from leader where segment = :segment", Long.class)
                .setParameter("segment", segment.value())
                .getSingleResult());
    }

    private static @Nullable Long sharedEpoch(Session session, SegmentId segment) {
        return session.createNativeQuery("select epoch from leader where segment = :segment for share", Long.class)
                .setParameter("segment", segment.value())
                .uniqueResult();
    }

    private static void raise(Session session, SegmentId segment, LeaderEpoch epoch, @Nullable String holder) {
        int rows = session.createNativeMutationQuery("""
                        insert into leader as known (segment, epoch, holder) values (:segment, :epoch, :holder)
                        on conflict (segment) do update
                          set epoch = excluded.epoch, holder = excluded.holder,
                              since = case when known.epoch < excluded.epoch then now() else known.since end
                          where known.epoch < excluded.epoch or (known.epoch = excluded.epoch and known.holder is null)
                        """)
                .setParameter("segment", segment.value())
                .setParameter("epoch", epoch.value())
                .setParameter("holder", holder, String.class)
                .executeUpdate();
        LOG.debug("segment {}: leader epoch {} {}", segment, epoch, rows == 1 ? "recorded" : "already known");
    }

    private <T extends @Nullable Object> T once(Function<Session, T> work) {
        boolean committing = false;
        try (Session session = sessions.openSession()) {
            Transaction transaction = session.beginTransaction();
            boolean done = false;
            try {
                T result = work.apply(session);
                // Before the commit, so that whatever the database refuses is known to be undone.
                session.flush();
                committing = true;
                transaction.commit();
                done = true;
                return result;
            } finally {
                if (!done) {
                    undo(transaction);
                }
            }
        } catch (RuntimeException e) {
            StoreException known = Failures.ofTransaction(e, committing);
            throw known == null ? e : known;
        }
    }

    /** The failure that led here is the one to report; the database undoes an abandoned transaction by itself. */
    private static void undo(Transaction transaction) {
        try {
            if (transaction.isActive()) {
                transaction.rollback();
            }
        } catch (RuntimeException e) {
            LOG.debug("rollback failed, the connection is gone: {}", e.toString());
        }
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(5L, 20L * attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("interrupted between two attempts of a transaction", false, e);
        }
    }
}
