package io.holdfast.placement.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.Instance;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.placement.Allocation;
import io.holdfast.placement.AllocationWish;
import io.holdfast.placement.AllocationWish.Expected;
import io.holdfast.placement.Allocations;
import io.holdfast.placement.Candidate;
import io.holdfast.placement.CandidateQuery;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers.Parent;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.core.CandidateSearch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Providers, consumers and allocations over a real database, with a real compute beside them. */
class StoredPlacementTest {

    private static final UUID A = new UUID(1, 1);
    private static final UUID B = new UUID(1, 2);

    private Rack rack;

    @BeforeEach
    void open(@TempDir Path shared) {
        rack = new Rack(shared);
    }

    @AfterEach
    void close() {
        rack.close();
    }

    private static AllocationWish wish(UUID consumer, UUID provider, Map<String, Integer> amounts, Expected expected) {
        return new AllocationWish(
                consumer, amounts.isEmpty() ? Map.of() : Map.of(provider, amounts), "blue", "ann", null, expected);
    }

    private void take(UUID consumer, UUID provider, Map<String, Integer> amounts) {
        rack.allocations.put(List.of(wish(consumer, provider, amounts, new Expected.Anything())));
    }

    private static void refused(Problem problem, String words, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        PlacementException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageContaining(words);
    }

    private Provider make(String name, @Nullable UUID parent, Map<String, Integer> totals) {
        Provider made = rack.providers.create(UUID.randomUUID(), name, parent);
        return rack.providers.offer(made.uuid(), null, before -> {
            Map<String, InventoryWish> wishes = new HashMap<>();
            totals.forEach((one, total) -> wishes.put(one, total(total)));
            return wishes;
        });
    }

    private static InventoryWish total(int total) {
        return new InventoryWish(total, null, null, null, null, null);
    }

    /** A host's count is what all of its consumers have together: the one truth. */
    private void counted(String host) {
        Map<String, Long> sums = new HashMap<>();
        rack.allocations
                .at(rack.host(host).uuid())
                .forEach(one -> one.amounts().forEach((name, amount) -> sums.merge(name, amount, Long::sum)));
        Resources used = rack.host(host).used();
        assertThat(sums.getOrDefault("VCPU", 0L)).isEqualTo(used.vcpus());
        assertThat(sums.getOrDefault("MEMORY_MB", 0L)).isEqualTo(used.memoryMib());
        assertThat(sums.getOrDefault("DISK_GB", 0L)).isEqualTo(used.diskGib());
    }

    // --- hosts and claims as they are ---

    @Test
    void hostsAreProvidersAndInstancesAreConsumers() {
        Provider before = rack.provider("h1");
        assertThat(before.name()).isEqualTo("h1");
        assertThat(before.inventories().get("VCPU")).isEqualTo(new Inventory(8, 0, 1, 32, 1, 4.0));
        assertThat(before.inventories().get("MEMORY_MB")).isEqualTo(new Inventory(4096, 0, 1, 4096, 1, 1.0));
        assertThat(Objects.requireNonNull(before.inventories().get("DISK_GB")).total())
                .isEqualTo(100);
        Instance vm = rack.boot();
        Provider after = rack.provider("h1");
        assertThat(after.used()).isEqualTo(Map.of("VCPU", 1L, "MEMORY_MB", 512L, "DISK_GB", 2L));
        assertThat(after.generation()).isGreaterThan(before.generation());
        Allocation claim = rack.allocations.of(vm.id().value()).getFirst();
        assertThat(claim.provider()).isEqualTo(after.uuid());
        assertThat(claim.amounts()).isEqualTo(after.used());
        assertThat(claim.consumer().type()).isEqualTo("INSTANCE");
        assertThat(claim.consumer().project()).isEqualTo("blue");
        assertThat(claim.consumer().generation()).isEqualTo(vm.generation().value());
        assertThat(rack.allocations.at(after.uuid())).containsExactly(claim);
        counted("h1");
    }

    /** The search reads a host with compute's claims and a provider that shares in one moment; what it finds, the store grants. */
    @Test
    void whatIsSharedWithAHostIsFoundGrantedAndCounted() {
        UUID rackId = UUID.randomUUID();
        UUID host = rack.host("h1").uuid();
        Provider nas = make("nas", null, Map.of("SRIOV_NET_VF", 10));
        rack.providers.describe(nas.uuid(), null, Set.of(StandardWords.SHARES));
        rack.providers.gather(nas.uuid(), null, Set.of(rackId));
        rack.providers.gather(host, null, Set.of(rackId));
        CandidateQuery query = new CandidateQuery(
                Map.of("", new CandidateQuery.Group(Map.of("VCPU", 2, "SRIOV_NET_VF", 6), List.of(), List.of(), null)),
                false,
                List.of(),
                List.of(),
                true,
                null);
        List<Candidate> found = CandidateSearch.find(rack.providers.list(), query);
        assertThat(found)
                .extracting(Candidate::amounts)
                .containsExactly(Map.of(host, Map.of("VCPU", 2L), nas.uuid(), Map.of("SRIOV_NET_VF", 6L)));
        Map<UUID, Map<String, Integer>> taken = Map.of(host, Map.of("VCPU", 2), nas.uuid(), Map.of("SRIOV_NET_VF", 6));
        rack.allocations.put(List.of(new AllocationWish(A, taken, "blue", "ann", null, new Expected.Anything())));
        assertThat(rack.providers.find(nas.uuid()).orElseThrow().used()).isEqualTo(Map.of("SRIOV_NET_VF", 6L));
        assertThat(CandidateSearch.find(rack.providers.list(), query)).isEmpty();
        refused(
                Problem.CONFLICT,
                "exceed the capacity",
                () -> rack.allocations.put(
                        List.of(new AllocationWish(B, taken, "blue", "ann", null, new Expected.Anything()))));
        counted("h1");
        // A host that takes no claims is no anchor, whoever shares with it.
        take(A, nas.uuid(), Map.of());
        assertThat(CandidateSearch.find(rack.providers.list(), query)).hasSize(1);
        rack.sql("update host set enabled = false where id = 'h1'");
        assertThat(CandidateSearch.find(rack.providers.list(), query)).isEmpty();
    }

    @Test
    void aClaimMovesWithItsInstanceAndOthersStay() {
        Instance vm = rack.boot();
        take(A, rack.host("h1").uuid(), Map.of("VCPU", 2));
        rack.evacuate(vm, "h1", "h2");
        Allocation claim = rack.allocations.of(vm.id().value()).getFirst();
        assertThat(claim.provider()).isEqualTo(rack.host("h2").uuid());
        assertThat(claim.consumer().generation()).isGreaterThan(vm.generation().value());
        assertThat(rack.provider("h1").used("VCPU")).isEqualTo(2);
        assertThat(rack.provider("h1").traits()).containsExactly(StandardWords.DISABLED);
        counted("h1");
        counted("h2");
    }

    @Test
    void whatAnotherConsumerTakesIsGoneForInstances() {
        UUID h1 = rack.host("h1").uuid();
        take(A, h1, Map.of("MEMORY_MB", 3600, "VCPU", 1));
        assertThat(rack.host("h1").used()).isEqualTo(new Resources(1, 3600, 0));
        Instance refused = rack.boot();
        assertThat(refused.home()).isNull();
        assertThat(refused.fault()).contains("needs 512 MiB, 496 MiB free");
        take(A, h1, Map.of("MEMORY_MB", 3584));
        assertThat(rack.boot().home()).isEqualTo(HostId.of("h1"));
        assertThat(rack.host("h1").used()).isEqualTo(new Resources(1, 4096, 2));
        rack.allocations.delete(A);
        assertThat(rack.host("h1").used()).isEqualTo(new Resources(1, 512, 2));
        counted("h1");
    }

    @Test
    void whatAnInstanceHasIsGoneForOthersAndIsNotTheirsToChange() {
        Instance vm = rack.boot();
        UUID h1 = rack.host("h1").uuid();
        refused(Problem.CONFLICT, "would exceed the capacity", () -> take(A, h1, Map.of("MEMORY_MB", 3585)));
        take(A, h1, Map.of("MEMORY_MB", 3584));
        UUID id = vm.id().value();
        refused(Problem.CONFLICT, "is an instance", () -> take(id, h1, Map.of("VCPU", 1)));
        refused(Problem.CONFLICT, "is an instance", () -> rack.allocations.delete(id));
        counted("h1");
    }

    @Test
    void instancesAndOthersTogetherNeverHaveMoreThanThereIs() throws Exception {
        UUID h1 = rack.host("h1").uuid();
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            UUID consumer = new UUID(2, i);
            all.add(() -> rack.boot().home() != null);
            all.add(() -> {
                try {
                    take(consumer, h1, Map.of("MEMORY_MB", 512));
                    return true;
                } catch (PlacementException e) {
                    assertThat(e.problem()).isEqualTo(Problem.CONFLICT);
                    return false;
                }
            });
        }
        assertThat(atOnce(all).stream().filter(granted -> granted)).hasSize(8);
        assertThat(rack.host("h1").used().memoryMib()).isEqualTo(4096);
        counted("h1");
    }

    @Test
    void whatIsReservedIsKeptFromClaims() {
        Provider h1 = rack.provider("h1");
        Provider kept = rack.providers.offer(h1.uuid(), h1.generation(), before -> {
            Map<String, InventoryWish> next = new HashMap<>(before);
            next.put("MEMORY_MB", new InventoryWish(4096, 3700, null, null, null, null));
            next.put("VCPU", total(8));
            return next;
        });
        assertThat(kept.inventories().get("MEMORY_MB")).isEqualTo(new Inventory(4096, 3700, 1, 396, 1, 1.0));
        assertThat(kept.generation()).isGreaterThan(h1.generation());
        assertThat(rack.host("h1").capacity()).isEqualTo(new Resources(8, 396, 100));
        assertThat(rack.boot().fault()).contains("needs 512 MiB, 396 MiB free");
        refused(Problem.CONFLICT, "violate inventory", () -> take(A, h1.uuid(), Map.of("MEMORY_MB", 397)));
        take(A, h1.uuid(), Map.of("MEMORY_MB", 396));
    }

    @Test
    void whatAHostSaysOfItselfIsNotChangedHere() {
        UUID h1 = rack.host("h1").uuid();
        String own = "is what host h1 says of itself";
        refused(Problem.CONFLICT, own, () -> offer(h1, "VCPU", total(9)));
        refused(Problem.CONFLICT, own, () -> offer(h1, "VCPU", new InventoryWish(8, 0, null, null, null, 16.0)));
        refused(Problem.CONFLICT, own, () -> offer(h1, "VCPU", new InventoryWish(8, 0, 2, null, null, null)));
        refused(Problem.CONFLICT, own, () -> offer(h1, "DISK_GB", new InventoryWish(100, 1, null, null, null, null)));
        refused(Problem.CONFLICT, own, () -> rack.providers.offer(h1, null, before -> Map.of()));
        refused(Problem.INVALID, "greater than total", () -> offer(h1, "VCPU", new InventoryWish(8, 9, 1, 32, 1, 4.0)));
        rack.sql("update host set vcpus = 0 where id = 'h2'");
        refused(Problem.CONFLICT, "it has none", () -> offer(rack.host("h2").uuid(), "VCPU", total(8)));
        refused(Problem.CONFLICT, "is host h1", () -> rack.providers.change(h1, "h3", Parent.of(null), true));
        refused(
                Problem.CONFLICT,
                "is host h1",
                () -> rack.providers.change(h1, "h1", Parent.of(rack.host("h2").uuid()), true));
        refused(Problem.CONFLICT, "cannot be deleted", () -> rack.providers.delete(h1));
        assertThat(rack.providers.change(h1, "h1", new Parent.Same(), true).name())
                .isEqualTo("h1");
        // A class that the host does not speak of is the operator's.
        rack.words.addResourceClass("CUSTOM_FPGA");
        assertThat(offer(h1, "CUSTOM_FPGA", total(2)).inventories()).containsKeys("CUSTOM_FPGA", "VCPU");
        take(A, h1, Map.of("CUSTOM_FPGA", 2, "VCPU", 1));
        assertThat(rack.provider("h1").used("CUSTOM_FPGA")).isEqualTo(2);
        counted("h1");
    }

    @Test
    void whatIsReservedOutlivesAHostThatCameBackSmaller() {
        UUID h1 = rack.host("h1").uuid();
        offer(h1, "MEMORY_MB", new InventoryWish(4096, 3000, null, null, null, null));
        rack.sql("update host set memory_mib = 1024, vcpus = 0 where id = 'h1'");
        assertThat(Objects.requireNonNull(rack.provider("h1").inventories().get("MEMORY_MB"))
                        .reserved())
                .isEqualTo(1024);
        rack.words.addResourceClass("CUSTOM_FPGA");
        offer(h1, "CUSTOM_FPGA", total(2));
        rack.sql("update host set memory_mib = 4096, vcpus = 8 where id = 'h1'");
        assertThat(Objects.requireNonNull(rack.provider("h1").inventories().get("MEMORY_MB"))
                        .reserved())
                .isEqualTo(3000);
        // What is set while it is smaller holds.
        rack.sql("update host set memory_mib = 1024 where id = 'h1'");
        offer(h1, "MEMORY_MB", new InventoryWish(1024, 7, null, null, null, null));
        rack.sql("update host set memory_mib = 4096 where id = 'h1'");
        assertThat(Objects.requireNonNull(rack.provider("h1").inventories().get("MEMORY_MB"))
                        .reserved())
                .isEqualTo(7);
    }

    @Test
    void whatIsGoneFromAHostCanStillBeGivenBackInPart() {
        UUID h1 = rack.host("h1").uuid();
        take(A, h1, Map.of("VCPU", 4, "MEMORY_MB", 100));
        rack.sql("update host set vcpus = 0 where id = 'h1'");
        take(A, h1, Map.of("VCPU", 3, "MEMORY_MB", 100));
        refused(Problem.CONFLICT, "invalid", () -> take(A, h1, Map.of("VCPU", 4, "MEMORY_MB", 100)));
        assertThat(rack.host("h1").used().vcpus()).isEqualTo(3);
        counted("h1");
    }

    @Test
    void aHostJoinsUnderAnyNameAndIsTheOneThatHasIt() {
        Provider before = make("h3", null, Map.of("VCPU", 4));
        take(A, before.uuid(), Map.of("VCPU", 1));
        rack.introduce("h3");
        assertThat(rack.provider("h3").name()).isEqualTo("h3");
        Provider after = rack.providers.find(before.uuid()).orElseThrow();
        assertThat(after.name()).isEqualTo("h3-" + before.uuid());
        assertThat(after.used("VCPU")).isEqualTo(1);
        assertThat(rack.providers.list())
                .extracting(Provider::name)
                .containsExactly("h1", "h2", "h3", "h3-" + before.uuid());
        refused(
                Problem.DUPLICATE_NAME,
                "h3 already exists",
                () -> rack.providers.change(before.uuid(), "h3", new Parent.Same(), true));
        assertThat(rack.providers
                        .change(before.uuid(), "pool", new Parent.Same(), true)
                        .name())
                .isEqualTo("pool");
    }

    private Provider offer(UUID provider, String name, InventoryWish wish) {
        return rack.providers.offer(provider, null, before -> {
            Map<String, InventoryWish> next = new HashMap<>(before);
            next.put(name, wish);
            return next;
        });
    }

    @Test
    void aHostThatTakesNoClaimsTakesNoneHere() {
        Provider part = make("h1-gpu", rack.host("h1").uuid(), Map.of("VGPU", 4));
        UUID h1 = rack.host("h1").uuid();
        take(A, h1, Map.of("VCPU", 4));
        long before = rack.provider("h1").generation();
        rack.compute.hosts().disable(HostId.of("h1"), Rack.OWNER, "repair");
        Provider closed = rack.provider("h1");
        assertThat(closed.open()).isFalse();
        assertThat(closed.traits()).containsExactly(StandardWords.DISABLED);
        assertThat(closed.generation()).isGreaterThan(before);
        refused(Problem.CONFLICT, "takes no claims", () -> take(B, h1, Map.of("VCPU", 1)));
        refused(Problem.CONFLICT, "takes no claims", () -> take(B, part.uuid(), Map.of("VGPU", 1)));
        take(A, h1, Map.of("VCPU", 3));
        refused(Problem.CONFLICT, "change the compute service", () -> rack.providers.describe(h1, null, Set.of()));
        rack.words.addTrait("CUSTOM_FAST");
        assertThat(rack.providers
                        .describe(h1, null, Set.of("CUSTOM_FAST", StandardWords.DISABLED))
                        .traits())
                .hasSize(2);
        rack.compute.hosts().enable(HostId.of("h1"), Rack.OWNER);
        assertThat(rack.provider("h1").traits()).containsExactly("CUSTOM_FAST");
        refused(
                Problem.CONFLICT,
                "change the compute service",
                () -> rack.providers.describe(h1, null, Set.of(StandardWords.DISABLED)));
        take(B, part.uuid(), Map.of("VGPU", 1));
    }

    @Test
    void aggregatesOfComputeAreThoseOfItsHosts() {
        var ssd = rack.compute.aggregates().create("ssd", null);
        long before = rack.provider("h1").generation();
        rack.compute.aggregates().add(ssd.id(), HostId.of("h1"));
        Provider h1 = rack.provider("h1");
        assertThat(h1.aggregates()).containsExactly(ssd.uuid());
        assertThat(h1.generation()).isGreaterThan(before);
        UUID free = UUID.randomUUID();
        refused(Problem.CONFLICT, "change the hosts", () -> rack.providers.gather(h1.uuid(), null, Set.of(free)));
        refused(
                Problem.CONFLICT,
                "change the hosts",
                () -> rack.providers.gather(rack.host("h2").uuid(), null, Set.of(ssd.uuid())));
        assertThat(rack.providers
                        .gather(h1.uuid(), h1.generation(), Set.of(free, ssd.uuid()))
                        .aggregates())
                .containsExactlyInAnyOrder(free, ssd.uuid());
        rack.compute.aggregates().remove(ssd.id(), HostId.of("h1"));
        assertThat(rack.provider("h1").aggregates()).containsExactly(free);
        Provider other = make("pool", null, Map.of());
        assertThat(rack.providers.gather(other.uuid(), null, Set.of(ssd.uuid())).aggregates())
                .containsExactly(ssd.uuid());
    }

    // --- generations ---

    @Test
    void oneOfManyWithTheSameGenerationWins() throws Exception {
        Provider pool = make("pool", null, Map.of("VCPU", 100));
        long generation = pool.generation();
        List<Callable<Boolean>> writers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int total = 50 + i;
            writers.add(() -> unlessLate(
                    () -> rack.providers.offer(pool.uuid(), generation, before -> Map.of("VCPU", total(total)))));
        }
        assertThat(atOnce(writers).stream().filter(won -> won)).hasSize(1);
        List<Callable<Boolean>> first = new ArrayList<>();
        List<Callable<Boolean>> second = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            Map<String, Integer> amounts = Map.of("VCPU", i);
            first.add(() -> unlessLate(
                    () -> rack.allocations.put(List.of(wish(A, pool.uuid(), amounts, new Expected.Nothing())))));
            second.add(() -> unlessLate(
                    () -> rack.allocations.put(List.of(wish(A, pool.uuid(), amounts, new Expected.Generation(1))))));
        }
        assertThat(atOnce(first).stream().filter(won -> won)).hasSize(1);
        assertThat(rack.allocations.of(A).getFirst().consumer().generation()).isEqualTo(1);
        assertThat(atOnce(second).stream().filter(won -> won)).hasSize(1);
        assertThat(rack.allocations.of(A).getFirst().consumer().generation()).isEqualTo(2);
    }

    private static boolean unlessLate(Runnable write) {
        try {
            write.run();
            return true;
        } catch (PlacementException e) {
            assertThat(e.problem()).isEqualTo(Problem.CONCURRENT_UPDATE);
            return false;
        }
    }

    private static List<Boolean> atOnce(List<Callable<Boolean>> all) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> running = all.stream()
                    .map(one -> threads.submit(() -> {
                        start.await();
                        return one.call();
                    }))
                    .toList();
            start.countDown();
            List<Boolean> results = new ArrayList<>();
            for (Future<Boolean> one : running) {
                results.add(one.get());
            }
            return results;
        }
    }

    // --- what clients make ---

    @Test
    void providersHaveNamesPartsAndAnEnd() {
        Provider top = make("top", null, Map.of());
        Provider part = make("part", top.uuid(), Map.of("VGPU", 2));
        assertThat(part.root()).isEqualTo(top.uuid());
        refused(Problem.DUPLICATE_NAME, "top already exists", () -> make("top", null, Map.of()));
        refused(Problem.DUPLICATE_NAME, "h1 already exists", () -> make("h1", null, Map.of()));
        refused(Problem.DUPLICATE_NAME, "uuid", () -> rack.providers.create(top.uuid(), "x", null));
        refused(
                Problem.DUPLICATE_NAME,
                "uuid",
                () -> rack.providers.create(rack.host("h1").uuid(), "x", null));
        refused(Problem.INVALID, "does not exist", () -> make("x", A, Map.of()));
        refused(Problem.INVALID, "loop", () -> rack.providers.change(top.uuid(), "top", Parent.of(part.uuid()), true));
        refused(Problem.INVALID, "loop", () -> rack.providers.change(top.uuid(), "top", Parent.of(top.uuid()), true));
        refused(
                Problem.INVALID,
                "re-parenting",
                () -> rack.providers.change(part.uuid(), "part", Parent.of(null), false));
        refused(
                Problem.DUPLICATE_NAME,
                "top",
                () -> rack.providers.change(part.uuid(), "top", Parent.of(top.uuid()), false));
        refused(Problem.PROVIDER_HAS_PARTS, "child", () -> rack.providers.delete(top.uuid()));
        refused(Problem.NOT_FOUND, "No resource provider", () -> rack.providers.delete(A));
        take(A, part.uuid(), Map.of("VGPU", 1));
        refused(Problem.PROVIDER_IN_USE, "has allocations", () -> rack.providers.delete(part.uuid()));
        refused(Problem.INVENTORY_IN_USE, "in use", () -> rack.providers.offer(part.uuid(), null, before -> Map.of()));
        rack.allocations.delete(A);
        assertThat(rack.providers
                        .change(part.uuid(), "alone", Parent.of(null), true)
                        .root())
                .isEqualTo(part.uuid());
        rack.providers.delete(part.uuid());
        rack.providers.delete(top.uuid());
        assertThat(rack.providers.list()).extracting(Provider::name).containsExactly("h1", "h2");
    }

    @Test
    void allocationsAreRefusedWholeAndInWords() {
        Provider pool = make("pool", null, Map.of("VCPU", 4));
        offer(pool.uuid(), "VGPU", new InventoryWish(8, 0, 2, 4, 2, 1.0));
        refused(Problem.INVALID, "does not exist", () -> take(A, B, Map.of("VCPU", 1)));
        refused(Problem.INVALID, "No such resource class", () -> take(A, pool.uuid(), Map.of("CUSTOM_X", 1)));
        refused(Problem.CONFLICT, "invalid", () -> take(A, pool.uuid(), Map.of("PCPU", 1)));
        for (int odd : new int[] {1, 3, 6}) {
            refused(Problem.CONFLICT, "violate inventory", () -> take(A, pool.uuid(), Map.of("VGPU", odd)));
        }
        refused(Problem.NOT_FOUND, "No allocations", () -> rack.allocations.delete(A));
        refused(
                Problem.CONFLICT,
                "exceed",
                () -> rack.allocations.put(List.of(
                        wish(A, pool.uuid(), Map.of("VCPU", 3), new Expected.Nothing()),
                        wish(B, pool.uuid(), Map.of("VCPU", 2), new Expected.Nothing()))));
        assertThat(rack.allocations.at(pool.uuid())).isEmpty();
        take(A, pool.uuid(), Map.of("VCPU", 4));
        offer(pool.uuid(), "VCPU", total(2));
        // More is in use than there is: giving some back is no new claim.
        take(A, pool.uuid(), Map.of("VCPU", 3));
        refused(Problem.CONFLICT, "exceed", () -> take(A, pool.uuid(), Map.of("VCPU", 4)));
        rack.allocations.put(List.of(wish(A, pool.uuid(), Map.of(), new Expected.Generation(2))));
        // Who has nothing may be told to have nothing.
        rack.allocations.put(List.of(wish(A, pool.uuid(), Map.of(), new Expected.Nothing())));
        assertThat(rack.allocations.of(A)).isEmpty();
    }

    @Test
    void usagesAreByProjectUserAndType() {
        rack.boot();
        Provider pool = make("pool", null, Map.of("VCPU", 8));
        take(A, pool.uuid(), Map.of("VCPU", 2));
        rack.allocations.put(List.of(new AllocationWish(
                B, Map.of(pool.uuid(), Map.of("VCPU", 3)), "blue", "bob", "VOLUME", new Expected.Nothing())));
        Map<String, Allocations.Usage> all = rack.allocations.usages("blue", null);
        assertThat(all.keySet()).containsExactly("INSTANCE", "VOLUME", "unknown");
        assertThat(all.get("INSTANCE").amounts()).containsEntry("MEMORY_MB", 512L);
        assertThat(all.get("VOLUME")).isEqualTo(new Allocations.Usage(1, Map.of("VCPU", 3L)));
        assertThat(rack.allocations.usages("blue", "bob").keySet()).containsExactly("VOLUME");
        assertThat(rack.allocations.usages("red", null)).isEmpty();
    }

    @Test
    void aReshapeMovesWhatIsOfferedWithWhoHasIt() {
        Provider top = make("top", null, Map.of("VGPU", 4));
        take(A, top.uuid(), Map.of("VGPU", 4));
        Provider part = make("part", top.uuid(), Map.of());
        Provider before = rack.providers.find(top.uuid()).orElseThrow();
        Map<UUID, Allocations.Offer> offers = Map.of(
                top.uuid(), new Allocations.Offer(before.generation(), Map.of()),
                part.uuid(), new Allocations.Offer(part.generation(), Map.of("VGPU", total(4))));
        refused(Problem.INVENTORY_IN_USE, "in use", () -> rack.allocations.reshape(offers, List.of()));
        refused(
                Problem.CONCURRENT_UPDATE,
                "generation",
                () -> rack.allocations.reshape(
                        Map.of(top.uuid(), new Allocations.Offer(before.generation() - 1, Map.of())), List.of()));
        rack.allocations.reshape(offers, List.of(wish(A, part.uuid(), Map.of("VGPU", 4), new Expected.Generation(1))));
        assertThat(rack.providers.find(top.uuid()).orElseThrow().inventories()).isEmpty();
        assertThat(rack.providers.find(part.uuid()).orElseThrow().used("VGPU")).isEqualTo(4);
    }

    @Test
    void wordsAreMadeRenamedAndEndedUnlessTheyAreUsed() {
        assertThat(rack.words.addResourceClass("CUSTOM_A")).isTrue();
        assertThat(rack.words.addResourceClass("CUSTOM_A")).isFalse();
        rack.words.renameResourceClass("CUSTOM_A", "CUSTOM_B");
        assertThat(rack.words.resourceClasses()).contains("VCPU", "CUSTOM_B").doesNotContain("CUSTOM_A");
        refused(Problem.NOT_FOUND, "CUSTOM_A", () -> rack.words.deleteResourceClass("CUSTOM_A"));
        refused(Problem.INVALID, "standard", () -> rack.words.deleteResourceClass("VCPU"));
        refused(Problem.DUPLICATE_NAME, "VCPU", () -> rack.words.renameResourceClass("CUSTOM_B", "VCPU"));
        rack.words.renameResourceClass("CUSTOM_B", "CUSTOM_B");
        Provider pool = make("pool", null, Map.of("CUSTOM_B", 1));
        refused(Problem.CONFLICT, "in use", () -> rack.words.deleteResourceClass("CUSTOM_B"));
        refused(Problem.INVALID, "No such resource class", () -> offer(pool.uuid(), "CUSTOM_C", total(1)));
        assertThat(rack.words.addTrait("CUSTOM_T")).isTrue();
        rack.providers.describe(pool.uuid(), null, Set.of("CUSTOM_T", "HW_CPU_X86_AVX"));
        assertThat(rack.words.traitsInUse()).containsExactly("CUSTOM_T", "HW_CPU_X86_AVX");
        refused(Problem.CONFLICT, "in use", () -> rack.words.deleteTrait("CUSTOM_T"));
        refused(Problem.INVALID, "standard", () -> rack.words.deleteTrait("HW_CPU_X86_AVX"));
        refused(Problem.INVALID, "No such trait", () -> rack.providers.describe(pool.uuid(), null, Set.of("CUSTOM_U")));
        rack.providers.describe(pool.uuid(), null, Set.of());
        rack.words.deleteTrait("CUSTOM_T");
        refused(Problem.NOT_FOUND, "CUSTOM_T", () -> rack.words.deleteTrait("CUSTOM_T"));
    }

    @Test
    void aClassInUseGetsItsNewNameWhereverItIsUsed() {
        rack.words.addResourceClass("CUSTOM_A");
        UUID h1 = rack.host("h1").uuid();
        Provider host = offer(h1, "CUSTOM_A", total(4));
        Provider pool = make("pool", null, Map.of("CUSTOM_A", 2));
        take(A, h1, Map.of("CUSTOM_A", 3, "VCPU", 1));
        take(B, pool.uuid(), Map.of("CUSTOM_A", 1));
        rack.words.renameResourceClass("CUSTOM_A", "CUSTOM_Z");
        Provider after = rack.provider("h1");
        assertThat(after.inventories()).containsKey("CUSTOM_Z").doesNotContainKey("CUSTOM_A");
        assertThat(after.used("CUSTOM_Z")).isEqualTo(3);
        assertThat(after.generation()).isGreaterThan(host.generation());
        Allocation own = rack.allocations.of(A).getFirst();
        assertThat(own.amounts()).isEqualTo(Map.of("CUSTOM_Z", 3L, "VCPU", 1L));
        assertThat(own.consumer().generation()).isEqualTo(2);
        assertThat(rack.providers.find(pool.uuid()).orElseThrow().used("CUSTOM_Z"))
                .isEqualTo(1);
        take(B, pool.uuid(), Map.of("CUSTOM_Z", 2));
        refused(Problem.INVALID, "No such resource class", () -> take(B, pool.uuid(), Map.of("CUSTOM_A", 1)));
        counted("h1");
    }

    @Test
    void whatAnInstanceHasBesideItsSizeIsCountedNamedAndRenamed() {
        rack.words.addResourceClass("CUSTOM_A");
        UUID h1 = rack.host("h1").uuid();
        offer(h1, "CUSTOM_A", total(4));
        rack.compute.catalog().changeExtraSpecs(FlavorId.of("small"), Map.of("resources:CUSTOM_A", "3"), Set.of());
        Instance vm = rack.boot();
        assertThat(rack.provider("h1").used("CUSTOM_A")).isEqualTo(3);
        assertThat(rack.allocations.of(vm.id().value()).getFirst().amounts()).containsEntry("CUSTOM_A", 3L);
        refused(Problem.CONFLICT, "would exceed the capacity", () -> take(A, h1, Map.of("CUSTOM_A", 2)));
        take(A, h1, Map.of("CUSTOM_A", 1));

        rack.words.renameResourceClass("CUSTOM_A", "CUSTOM_Z");
        assertThat(rack.provider("h1").used("CUSTOM_Z")).isEqualTo(4);
        assertThat(rack.allocations.of(vm.id().value()).getFirst().amounts()).containsEntry("CUSTOM_Z", 3L);
        assertThat(rack.compute
                        .catalog()
                        .flavor(FlavorId.of("small"))
                        .orElseThrow()
                        .extraSpecs())
                .containsEntry("resources:CUSTOM_Z", "3");
        counted("h1");
    }

    @Test
    void aTreeHasAnEndBelowToo() {
        List<Provider> chain = new ArrayList<>();
        for (int i = 0; i < StoredProviders.LEVELS_MAX; i++) {
            chain.add(make("level-" + i, i == 0 ? null : chain.getLast().uuid(), Map.of()));
        }
        refused(
                Problem.LIMIT,
                "32 levels",
                () -> make("one more", chain.getLast().uuid(), Map.of()));
        Provider top = make("top", null, Map.of());
        // It would have the whole chain below it.
        refused(
                Problem.LIMIT,
                "32 levels",
                () -> rack.providers.change(chain.getFirst().uuid(), "level-0", Parent.of(top.uuid()), true));
        Provider lower = rack.providers.change(chain.get(1).uuid(), "level-1", Parent.of(top.uuid()), true);
        assertThat(lower.root()).isEqualTo(top.uuid());
        assertThat(rack.providers
                        .change(chain.getLast().uuid(), "leaf", new Parent.Same(), false)
                        .parent())
                .isEqualTo(chain.get(StoredProviders.LEVELS_MAX - 2).uuid());
    }

    @Test
    void twoWhoBecomePartsOfEachOtherAtOnceMakeNoLoop() throws Exception {
        Provider one = make("one", null, Map.of());
        Provider other = make("other", null, Map.of());
        assertThat(atOnce(List.of(() -> becomes(one, other), () -> becomes(other, one))).stream()
                        .filter(done -> done))
                .hasSize(1);
        assertThat(rack.providers.list()).hasSize(4);
    }

    private boolean becomes(Provider part, Provider whole) {
        try {
            rack.providers.change(part.uuid(), part.name(), Parent.of(whole.uuid()), true);
            return true;
        } catch (PlacementException e) {
            assertThat(e).hasMessageContaining("loop");
            return false;
        }
    }

    @Test
    void thereIsAnEndToEverything() {
        rack.sql("insert into provider select gen_random_uuid(), 'p' || i, null, 0, now() from generate_series(1,"
                + " 10000) i");
        refused(Problem.LIMIT, "10000", () -> make("one more", null, Map.of()));
        rack.sql("insert into custom_trait select 'CUSTOM_' || i, now() from generate_series(1, 10000) i");
        refused(Problem.LIMIT, "10000", () -> rack.words.addTrait("CUSTOM_MORE"));
        rack.sql("insert into consumer select gen_random_uuid(), 1, 'p', 'u', null, now() from generate_series(1,"
                + " 100000) i");
        refused(Problem.LIMIT, "100000", () -> take(A, rack.host("h1").uuid(), Map.of("VCPU", 1)));
        Set<UUID> many = new java.util.HashSet<>();
        while (many.size() <= StoredProviders.AGGREGATES_MAX) {
            many.add(UUID.randomUUID());
        }
        refused(
                Problem.LIMIT,
                "100",
                () -> rack.providers.gather(rack.host("h1").uuid(), null, many));
        Set<String> traits = rack.words.traits().stream()
                .limit(StoredProviders.TRAITS_MAX + 1L)
                .collect(java.util.stream.Collectors.toSet());
        refused(
                Problem.LIMIT,
                "500",
                () -> rack.providers.describe(rack.host("h1").uuid(), null, traits));
        Map<String, InventoryWish> offers = new HashMap<>();
        for (int i = 0; i <= 100; i++) {
            offers.put("CUSTOM_" + i, total(1));
        }
        refused(Problem.LIMIT, "100", () -> rack.providers.offer(rack.host("h1").uuid(), null, before -> offers));
    }
}
