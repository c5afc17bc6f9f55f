package io.holdfast.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every caller of {@link Store} and {@link Outbox} relies on. */
final class StoreTest {

    private static final SegmentId SEGMENT = SegmentId.of("default");

    private TestDatabase database;
    private Store store;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh();
        store = database.store(List.of(HostRow.class, CaseRow.class));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void keepsWhatWasCommitted() {
        store.inTransactionDo(session -> session.persist(new HostRow("h1")));
        Store other = database.store(List.of(HostRow.class));
        assertThat(host(other, "h1").state).isEqualTo("Healthy");
    }

    @Test
    void forgetsWhatFailed() {
        assertThatThrownBy(() -> store.inTransactionDo(session -> {
                    session.persist(new HostRow("h1"));
                    session.flush();
                    throw new IllegalStateException("mine");
                }))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("mine");
        assertThat(count("host")).isZero();
    }

    @Test
    void refusesAWriteBasedOnAnOldVersion() {
        store.inTransactionDo(session -> session.persist(new HostRow("h1")));
        HostRow stale = store.inTransaction(session -> session.find(HostRow.class, "h1"));
        store.inTransactionDo(session -> session.find(HostRow.class, "h1").state = "Suspected");
        assertThatThrownBy(() -> store.inTransactionDo(session -> {
                    stale.state = "Condemned";
                    session.merge(stale);
                }))
                .isInstanceOf(StaleWrite.class);
        assertThat(host(store, "h1").state).isEqualTo("Suspected");
    }

    @Test
    void namesTheConstraintThatARowViolates() {
        store.inTransactionDo(session -> session.persist(new HostRow("h1")));
        assertThatThrownBy(() -> store.inTransactionDo(session -> session.persist(new HostRow("h1"))))
                .isInstanceOfSatisfying(
                        ConstraintViolated.class,
                        e -> assertThat(e.constraint()).isEqualTo("host_pkey"));
    }

    @Test
    void allowsOneOpenCasePerHost() {
        store.inTransactionDo(session -> {
            session.persist(new HostRow("h1"));
            session.persist(new CaseRow("h1"));
        });
        assertThatThrownBy(() -> store.inTransactionDo(session -> session.persist(new CaseRow("h1"))))
                .isInstanceOfSatisfying(
                        ConstraintViolated.class,
                        e -> assertThat(e.constraint()).isEqualTo("recovery_case_one_open_per_host"));
    }

    @Test
    void refusesATransactionInsideAnother() {
        assertThatThrownBy(() -> store.inTransactionDo(session -> store.inTransactionDo(inner -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside another");
    }

    @Test
    void runsTheVictimOfADeadlockAgain() throws Exception {
        store.inTransactionDo(session -> {
            session.persist(new HostRow("h1"));
            session.persist(new HostRow("h2"));
        });
        CountDownLatch bothHoldOne = new CountDownLatch(2);
        AtomicInteger runs = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var one = threads.submit(() -> lockBoth("h1", "h2", bothHoldOne, runs));
            var two = threads.submit(() -> lockBoth("h2", "h1", bothHoldOne, runs));
            one.get(20, TimeUnit.SECONDS);
            two.get(20, TimeUnit.SECONDS);
        }
        assertThat(runs).hasValue(3);
        assertThat(host(store, "h1").vcpusUsed).isEqualTo(2);
    }

    private void lockBoth(String first, String second, CountDownLatch bothHoldOne, AtomicInteger runs) {
        store.inTransactionDo(session -> {
            runs.incrementAndGet();
            raise(session, first);
            bothHoldOne.countDown();
            try {
                assertThat(bothHoldOne.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            raise(session, second);
        });
    }

    private static void raise(org.hibernate.Session session, String host) {
        session.createNativeMutationQuery("update host set vcpus_used = vcpus_used + 1 where id = :id")
                .setParameter("id", host)
                .executeUpdate();
    }

    @Test
    void refusesAWriteOfAReplacedLeader() {
        store.inTransactionDo(s -> Store.recordLeader(s, SEGMENT, LeaderEpoch.of(3), "c1"));
        store.inTransactionDo(s -> Store.requireLeaderEpoch(s, SEGMENT, LeaderEpoch.of(3)));
        store.inTransactionDo(s -> Store.recordLeader(s, SEGMENT, LeaderEpoch.of(4), "c2"));
        assertThatThrownBy(() -> store.inTransactionDo(session -> {
                    session.persist(new HostRow("h1"));
                    Store.requireLeaderEpoch(session, SEGMENT, LeaderEpoch.of(3));
                }))
                .isInstanceOfSatisfying(StaleLeaderException.class, e -> {
                    assertThat(e.offered()).isEqualTo(LeaderEpoch.of(3));
                    assertThat(e.current()).isEqualTo(LeaderEpoch.of(4));
                });
        assertThat(count("host")).isZero();
        assertThatThrownBy(() -> store.inTransactionDo(s -> Store.recordLeader(s, SEGMENT, LeaderEpoch.of(3), "c1")))
                .isInstanceOf(StaleLeaderException.class);
    }

    @Test
    void takesANewerLeaderAtItsWord() {
        store.inTransactionDo(s -> Store.requireLeaderEpoch(s, SEGMENT, LeaderEpoch.of(7)));
        assertThatThrownBy(() -> store.inTransactionDo(s -> Store.requireLeaderEpoch(s, SEGMENT, LeaderEpoch.of(6))))
                .isInstanceOf(StaleLeaderException.class);
    }

    @Test
    void letsTheOldLeaderFinishBeforeTheNewOneIsRecorded() throws Exception {
        store.inTransactionDo(s -> Store.recordLeader(s, SEGMENT, LeaderEpoch.of(1), "c1"));
        CountDownLatch oldHolds = new CountDownLatch(1);
        CountDownLatch oldMayCommit = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var old = threads.submit(() -> store.inTransactionDo(session -> {
                Store.requireLeaderEpoch(session, SEGMENT, LeaderEpoch.of(1));
                oldHolds.countDown();
                try {
                    assertThat(oldMayCommit.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                session.persist(new HostRow("h1"));
            }));
            assertThat(oldHolds.await(10, TimeUnit.SECONDS)).isTrue();
            var next = threads.submit(() -> store.inTransaction(session -> {
                Store.recordLeader(session, SEGMENT, LeaderEpoch.of(2), "c2");
                return session.find(HostRow.class, "h1") != null;
            }));
            assertThatThrownBy(() -> next.get(300, TimeUnit.MILLISECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            oldMayCommit.countDown();
            old.get(10, TimeUnit.SECONDS);
            assertThat(next.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void tellsAFactExactlyWhenItsTransactionCommits() {
        Fact kept = fact("host/h1", Map.of("reason", "lease \"gone\"", "n", 3, "list", List.of("a", true)));
        store.inTransactionDo(session -> Outbox.append(session, kept));
        assertThatThrownBy(() -> store.inTransactionDo(session -> {
                    Outbox.append(session, fact("host/h1", Map.of()));
                    throw new IllegalStateException("mine");
                }))
                .hasMessage("mine");
        assertThat(WrittenFacts.ids(store)).containsExactly(kept.id());
        String data = store.inTransaction(
                session -> session.createNativeQuery("select data ->> 'reason' from outbox", String.class)
                        .uniqueResult());
        assertThat(data).isEqualTo("lease \"gone\"");
    }

    @Test
    void showsFactsOfOneSubjectInTheOrderOfWriting() throws Exception {
        CountDownLatch firstWritten = new CountDownLatch(1);
        CountDownLatch firstMayCommit = new CountDownLatch(1);
        Fact first = fact("host/h1", Map.of());
        Fact second = fact("host/h1", Map.of());
        Fact elsewhere = fact("host/h2", Map.of());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var slow = threads.submit(() -> store.inTransactionDo(session -> {
                Outbox.append(session, first);
                firstWritten.countDown();
                try {
                    assertThat(firstMayCommit.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
            assertThat(firstWritten.await(10, TimeUnit.SECONDS)).isTrue();
            var fast = threads.submit(() -> store.inTransactionDo(session -> Outbox.append(session, second)));
            store.inTransactionDo(session -> Outbox.append(session, elsewhere));
            // The other subject did not wait.
            assertThat(WrittenFacts.ids(store)).containsExactly(elsewhere.id());
            firstMayCommit.countDown();
            slow.get(10, TimeUnit.SECONDS);
            fast.get(10, TimeUnit.SECONDS);
        }
        assertThat(WrittenFacts.ids(store)).hasSize(3).containsSubsequence(first.id(), second.id());
    }

    @Test
    void refusesTheSameFactTwice() {
        Fact fact = new Fact(UUID.randomUUID(), "host.lost", "host/h1", ProjectId.of("p"), Instant.EPOCH, Map.of());
        store.inTransactionDo(session -> Outbox.append(session, fact));
        assertThatThrownBy(() -> store.inTransactionDo(session -> Outbox.append(session, fact)))
                .isInstanceOf(ConstraintViolated.class);
    }

    @Test
    void seedsTheDefaultSegment() {
        assertThat(count("segment")).isEqualTo(1);
    }

    private static HostRow host(Store store, String id) {
        return store.inTransaction(session -> session.find(HostRow.class, id));
    }

    private long count(String table) {
        return store.inTransaction(session -> session.createNativeQuery("select count(*) from " + table, Long.class)
                .getSingleResult());
    }

    private static Fact fact(String subject, Map<String, Object> data) {
        return new Fact(
                UUID.randomUUID(), "host.lost", subject, null, Instant.parse("2026-01-02T03:04:05.678901Z"), data);
    }

    @Entity(name = "HostRow")
    @Table(name = "host")
    static class HostRow {
        @Id
        String id = "";

        UUID uuid = UUID.randomUUID();
        String segment = "default";
        String state = "Healthy";

        @jakarta.persistence.Column(name = "vcpus_used")
        int vcpusUsed;

        @Version
        long version;

        HostRow() {}

        HostRow(String id) {
            this.id = id;
        }
    }

    @Entity(name = "CaseRow")
    @Table(name = "recovery_case")
    static class CaseRow {
        @Id
        UUID id = UUID.randomUUID();

        String segment = "default";
        String host = "";
        long epoch = 1;
        String phase = "Condemned";

        @jakarta.persistence.Column(name = "leader_epoch")
        long leaderEpoch = 1;

        @JdbcTypeCode(SqlTypes.JSON)
        String document = "{\"phase\": \"Condemned\"}";

        @jakarta.persistence.Column(name = "closed_at")
        @Nullable
        Instant closedAt;

        @Version
        long version;

        CaseRow() {}

        CaseRow(String host) {
            this.host = host;
        }
    }
}
