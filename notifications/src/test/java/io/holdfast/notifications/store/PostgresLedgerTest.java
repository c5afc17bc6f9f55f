package io.holdfast.notifications.store;

import static io.holdfast.notifications.Facts.BLUE;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Facts;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.LedgerContract;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresLedgerTest extends LedgerContract {

    @TempDir
    private Path directory;

    private TestDatabase database;
    private Store store;
    private PostgresLedger ledger;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh();
        store = database.store(List.of());
        ledger = PostgresLedger.open(store, directory.resolve("webhook.key"), SecretReader.ofCommand(Map.of()));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected Ledger ledger() {
        return ledger;
    }

    @Override
    protected void append(Fact fact) {
        store.inTransactionDo(session -> Outbox.append(session, fact));
    }

    @Override
    protected void tag(UUID instance, ProjectId project, String tag) {
        write("insert into instance_tag (instance_id, tag) values ('" + instance + "', '" + tag + "')");
    }

    @Override
    protected void aggregate(UUID aggregate, String... hosts) {
        write("insert into aggregate (uuid, name, created_at) values ('" + aggregate + "', '" + aggregate
                + "', now())");
        for (String host : hosts) {
            write("insert into aggregate_host (aggregate_id, host, added_at) select id, '" + host
                    + "', now() from aggregate where uuid = '" + aggregate + "'");
        }
    }

    @Override
    protected void home(UUID instance, String host) {
        write(
                "insert into instance (id, name, project, user_name, flavor_id, vcpus, memory_mib, disk_gib, goal, actual,"
                        + " host) values ('" + instance + "', 'vm', 'blue', 'u', 'f', 1, 64, 1, 'RUNNING', 'RUNNING', '"
                        + host
                        + "')");
    }

    private void write(String sql) {
        store.inTransactionDo(session -> session.doWork(connection -> {
            // The rows that these hang on are another module's; their rules are not what is tested here.
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local session_replication_role = replica");
                statement.execute(sql);
            }
        }));
    }

    @Test
    void aFactThatIsCommittedAfterALaterOneGetsTheLaterPlace() throws Exception {
        Fact early = Facts.suspected("host/early", BLUE);
        Fact late = Facts.suspected("host/late", BLUE);
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        CompletableFuture<Void> slow = CompletableFuture.runAsync(
                () -> store.inTransactionDo(session -> {
                    Outbox.append(session, early);
                    session.flush();
                    written.countDown();
                    try {
                        commit.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                Thread::startVirtualThread);
        written.await();
        append(late);

        ledger.dispatch(10, Instant.now());
        List<Feed.Numbered> first = ledger.after(0, null, 10);
        assertThat(first).extracting(Feed.Numbered::fact).containsExactly(late);
        commit.countDown();
        slow.join();
        ledger.dispatch(10, Instant.now());
        assertThat(ledger.after(first.getFirst().number(), null, 10))
                .extracting(Feed.Numbered::fact)
                .containsExactly(early);
    }

    /** A reader of the stream drops what is not beyond its last number; so a smaller one must never come later. */
    @Test
    void numbersNeverGoBackForAReaderHoweverManyWriteAndTellAndDispatch() {
        int facts = 40;
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < facts; i++) {
            Fact fact = Facts.suspected("host/" + i, BLUE);
            boolean told = i % 4 == 0;
            writers.add(CompletableFuture.runAsync(
                    () -> {
                        if (told) {
                            Instant now = Instant.now();
                            ledger.settle(List.of(new Ledger.Told(fact, Set.of(), now)), List.of(), now);
                        } else {
                            append(fact);
                        }
                        ledger.dispatch(3, Instant.now());
                    },
                    Thread::startVirtualThread));
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new));
        Set<UUID> seen = new HashSet<>();
        long place = 0;
        boolean last = false;
        while (!last) {
            last = all.isDone() && ledger.dispatch(100, Instant.now()) == 0;
            for (Feed.Numbered one : ledger.after(place, null, 5)) {
                assertThat(one.number()).isGreaterThan(place);
                place = one.number();
                seen.add(one.fact().id());
                last = false;
            }
        }
        all.join();
        assertThat(seen).hasSize(facts);
    }

    @Test
    void twoControllersNeverClaimTheSameDelivery() {
        ledger.add(hook(BLUE, List.of()), 5);
        for (int i = 0; i < 60; i++) {
            append(Facts.suspected("instance/" + i, BLUE));
        }
        Instant now = Instant.now();
        Store other = database.store(List.of());
        PostgresLedger second =
                PostgresLedger.open(other, directory.resolve("webhook.key"), SecretReader.ofCommand(Map.of()));
        List<CompletableFuture<List<UUID>>> claims = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            PostgresLedger one = i % 2 == 0 ? ledger : second;
            claims.add(CompletableFuture.supplyAsync(
                    () -> {
                        one.dispatch(10, now);
                        return one.claim(now, Duration.ofSeconds(10), 10, 10).stream()
                                .map(delivery -> delivery.fact().id())
                                .toList();
                    },
                    Thread::startVirtualThread));
        }
        List<UUID> all = claims.stream().flatMap(one -> one.join().stream()).toList();
        Set<UUID> distinct = new HashSet<>(all);
        assertThat(distinct).hasSameSizeAs(all).isNotEmpty();
    }

    @Test
    void theSecretIsNotReadableInTheTable() {
        ledger.add(hook(BLUE, List.of()), 5);
        String row = store.inTransaction(session -> session.createNativeQuery(
                        "select encode(secret_cipher, 'escape') from webhook", String.class)
                .uniqueResult());
        assertThat(row).isNotEmpty().doesNotContain("0123456789abcdef");
    }
}
