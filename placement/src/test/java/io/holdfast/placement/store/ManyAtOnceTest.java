package io.holdfast.placement.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.store.Jdbc;
import io.holdfast.placement.AllocationWish;
import io.holdfast.placement.AllocationWish.Expected;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of many things at once: how many there may be, in how many statements, and in which order they lock. */
class ManyAtOnceTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Rack rack;

    @BeforeEach
    void open(@TempDir Path shared) {
        rack = new Rack(shared);
    }

    @AfterEach
    void close() {
        rack.close();
    }

    private UUID pool(String name) {
        UUID pool = rack.providers.create(UUID.randomUUID(), name, null).uuid();
        rack.providers.offer(
                pool, null, before -> Map.of("VCPU", new InventoryWish(1000, null, null, null, null, null)));
        return pool;
    }

    /** The first consumers have one provider more than the others have. */
    private static List<AllocationWish> wishes(List<UUID> providers, int pairs) {
        List<AllocationWish> wishes = new ArrayList<>();
        int left = pairs;
        while (left > 0) {
            Map<UUID, Map<String, Integer>> amounts = new HashMap<>();
            for (UUID provider : providers.subList(0, Math.min(left, providers.size()))) {
                amounts.put(provider, Map.of("VCPU", 1));
            }
            left -= amounts.size();
            wishes.add(new AllocationWish(
                    new UUID(5, wishes.size()), amounts, "blue", "ann", null, new Expected.Anything()));
        }
        return wishes;
    }

    @Test
    void aThousandPairsTakeAFewStatementsAndOneMoreIsRefused() {
        List<UUID> providers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            providers.add(pool("pool-" + i));
        }
        providers.add(rack.host("h1").uuid());
        rack.sql("update host set vcpus = 1000 where id = 'h1'");
        rack.sql("create table written (what text not null)");
        rack.sql("create function note_written() returns trigger language plpgsql as"
                + " $$ begin insert into written values (tg_table_name || ' ' || tg_op); return null; end $$");
        for (String table : List.of("allocation", "consumer", "host", "provider")) {
            rack.sql("create trigger note_written after insert or update or delete on " + table
                    + " for each statement execute function note_written()");
        }
        rack.allocations.put(wishes(providers, StoredAllocations.PAIRS_MAX));
        assertThat(ask("select what from written")).hasSizeLessThanOrEqualTo(8);
        assertThat(rack.host("h1").used().vcpus()).isEqualTo(40);
        assertThat(rack.allocations.at(providers.getFirst())).hasSize(40);
        // Again, and all of them away: as few.
        rack.sql("delete from written");
        rack.allocations.put(wishes(providers, StoredAllocations.PAIRS_MAX).stream()
                .map(one ->
                        new AllocationWish(one.consumer(), Map.of(), "blue", "ann", null, new Expected.Generation(1)))
                .toList());
        assertThat(ask("select what from written")).hasSizeLessThanOrEqualTo(8);
        assertThat(rack.host("h1").used().vcpus()).isZero();
        assertThatThrownBy(() -> rack.allocations.put(wishes(providers, StoredAllocations.PAIRS_MAX + 1)))
                .isInstanceOfSatisfying(
                        PlacementException.class,
                        e -> assertThat(e.problem()).isEqualTo(PlacementException.Problem.INVALID))
                .hasMessageContaining("1000 pairs");
        assertThatThrownBy(() -> rack.allocations.reshape(Map.of(), wishes(providers, StoredAllocations.PAIRS_MAX + 1)))
                .hasMessageContaining("1000 pairs");
    }

    private List<String> ask(String query) {
        return rack.store.inTransaction(session -> Jdbc.list(session, row -> row.getString(1), query));
    }

    /** As others do who lock several: in Java's order, also in a database whose own is a language's ("a" before "B"). */
    @Test
    void hostsAreLockedInTheOrderOfEverybodyElse() throws Exception {
        rack.introduce("a");
        rack.introduce("B");
        List<UUID> both = List.of(rack.host("a").uuid(), rack.host("B").uuid());
        rack.sql("alter table host alter column id type text collate \"en-x-icu\"");
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> holder = threads.submit(() -> rack.store.inTransactionDo(session -> {
                Jdbc.list(session, row -> "", "select id from host where id = 'a' for update");
                held.countDown();
                await(seen);
            }));
            await(held);
            Future<?> locker = threads.submit(() -> rack.store.inTransactionDo(session -> Changes.lock(session, both)));
            // It waits for "a" in either order; whether it has "B" by then is the question.
            Awaitility.await()
                    .atMost(LIMIT)
                    .until(() -> !ask("select 'waits' from pg_stat_activity where wait_event_type = 'Lock'"
                                    + " and datname = current_database()")
                            .isEmpty());
            List<String> free = ask("select id from host where id = 'B' for update skip locked");
            seen.countDown();
            assertThat(free).isEmpty();
            holder.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            locker.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
