package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Aggregates.Aggregate;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.Instances;
import io.holdfast.compute.KeyPairs.KeyPair;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.Quotas;
import io.holdfast.compute.Quotas.Resource;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.Asked;
import io.holdfast.model.FlavorId;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept beside instances: aggregates with their zones, quotas, key pairs, what was written about instances and done to them. */
class StoredBooksTest {

    private static final HostId H1 = HostId.of("h1");

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.compute.start();
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void aHostIsInTheZoneOfItsAggregateUntilItLeavesIt() {
        deployment.serving("h1", "h2");
        Aggregates aggregates = deployment.compute.aggregates();
        Aggregate ssd = aggregates.create("ssd", null);
        Aggregate east = aggregates.create("east", "z-east");
        assertThat(aggregates.add(ssd.id(), H1).hosts()).containsExactly(H1);
        assertThat(deployment.host("h1").zone()).isEqualTo("nova");
        assertThat(aggregates.add(east.id(), H1).zone()).isEqualTo("z-east");
        assertThat(deployment.host("h1").zone()).isEqualTo("z-east");
        // What the host says of itself when it comes again does not count before.
        deployment.introduce("h1", "h1-boot-2");
        assertThat(deployment.host("h1").zone()).isEqualTo("z-east");
        assertThat(deployment.host("h2").zone()).isEqualTo("nova");

        Aggregate west = aggregates.create("west", "z-west");
        refused(Kind.INVALID, "already in availability zone", () -> aggregates.add(west.id(), H1));
        refused(Kind.INVALID, "already in availability zone", () -> zone(ssd.id(), "z-north"));
        assertThat(zone(ssd.id(), "z-east").zone()).isEqualTo("z-east");
        assertThat(zone(east.id(), null).metadata()).isEmpty();
        assertThat(deployment.host("h1").zone()).isEqualTo("z-east");
        assertThat(aggregates.remove(ssd.id(), H1).hosts()).isEmpty();
        assertThat(deployment.host("h1").zone()).isEqualTo("nova");
    }

    @Test
    void whatAnAggregateMustNotBecomeIsRefused() {
        deployment.serving("h1");
        Aggregates aggregates = deployment.compute.aggregates();
        Aggregate one = aggregates.create("one", "z1");
        refused(Kind.CONFLICT, "already exists", () -> aggregates.create("one", null));
        refused(Kind.NOT_FOUND, "h9", () -> aggregates.add(one.id(), HostId.of("h9")));
        refused(Kind.NOT_FOUND, "h1", () -> aggregates.remove(one.id(), H1));
        refused(Kind.INVALID, "availability zone", () -> aggregates.create("two", "a:b"));
        assertThat(aggregates.list()).hasSize(1);
        assertThat(aggregates.add(one.id(), H1).updatedAt()).isNotNull();
        refused(Kind.CONFLICT, "already has host", () -> aggregates.add(one.id(), H1));
        refused(Kind.INVALID, "remove them first", () -> aggregates.delete(one.id()));
        Instance bound = deployment.create(new Instances.NewInstance(
                "vm", Deployment.PROJECT, "user", Deployment.SMALL, Deployment.IMAGE, "z1", H1, List.of(), Map.of()));
        assertThat(bound.home()).isEqualTo(H1);
        refused(Kind.INVALID, "contain instances", () -> aggregates.remove(one.id(), H1));
        refused(Kind.INVALID, "contain instances", () -> zone(one.id(), "z2"));
        assertThat(aggregates.rename(one.id(), "uno").name()).isEqualTo("uno");
        Map<String, @Nullable String> many = new HashMap<>();
        for (int i = 0; i < 129; i++) {
            many.put("k" + i, "v");
        }
        refused(Kind.INVALID, "at most 128", () -> aggregates.changeMetadata(one.id(), many));
        refused(Kind.NOT_FOUND, "7777", () -> aggregates.delete(7777));
        deployment.instances().delete(bound.id(), Deployment.OWNER);
        await().untilAsserted(() ->
                assertThat(deployment.instances().find(bound.id())).isEmpty());
        assertThat(aggregates.remove(one.id(), H1).hosts()).isEmpty();
        aggregates.delete(one.id());
        assertThat(aggregates.find(one.id())).isEmpty();
    }

    @Test
    void aQuotaIsKeptByHoweverManyAtATime() throws Exception {
        deployment.serving("h1");
        Quotas quotas = deployment.compute.quotas();
        assertThat(quotas.limits(Deployment.PROJECT)).containsEntry(Resource.INSTANCES, -1);
        quotas.set(null, Map.of(Resource.CORES, 3, Resource.KEY_PAIRS, 1));
        quotas.set(Deployment.PROJECT, Map.of(Resource.INSTANCES, 2));
        assertThat(quotas.limits(Deployment.PROJECT))
                .containsEntry(Resource.INSTANCES, 2)
                .containsEntry(Resource.CORES, 3)
                .containsEntry(Resource.METADATA_ITEMS, 128);
        AtomicInteger over = new AtomicInteger();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 5; i++) {
                int number = i;
                callers.execute(() -> {
                    try {
                        deployment.create("vm" + number);
                    } catch (ComputeException e) {
                        assertThat(e.kind()).isEqualTo(Kind.LIMIT);
                        over.incrementAndGet();
                    }
                });
            }
        }
        assertThat(over.get()).isEqualTo(3);
        assertThat(quotas.used(Deployment.PROJECT))
                .containsEntry(Resource.INSTANCES, 2)
                .containsEntry(Resource.CORES, 2)
                .containsEntry(Resource.RAM, 256);
        quotas.reset(Deployment.PROJECT);
        assertThat(deployment.create("third").project()).isEqualTo(Deployment.PROJECT);
        refused(Kind.LIMIT, "cores", () -> deployment.create("fourth"));

        quotas.set(
                Deployment.PROJECT,
                Map.of(
                        Resource.CORES,
                        -1,
                        Resource.METADATA_ITEMS,
                        1,
                        Resource.SERVER_GROUPS,
                        1,
                        Resource.SERVER_GROUP_MEMBERS,
                        1));
        Instance vm = deployment.create("fifth");
        refused(Kind.LIMIT, "metadata", () -> deployment.instances().setMetadata(vm.id(), Map.of("a", "1", "b", "2")));
        ServerGroupId group = group("g1");
        refused(Kind.LIMIT, "server groups", () -> group("g2"));
        assertThat(member("m1", group).name()).isEqualTo("m1");
        refused(Kind.LIMIT, "in group", () -> member("m2", group));
    }

    @Test
    void keyPairsAreAUsersOwnAndLimited() {
        KeyPair pair = new KeyPair("ann", "k", "ssh", "ssh-rsa AAAA", "aa:bb", Instant.parse("2026-01-02T03:04:05Z"));
        assertThat(deployment.compute.keyPairs().add(pair)).isEqualTo(pair);
        assertThat(deployment.compute.keyPairs().find("ann", "k")).contains(pair);
        assertThat(deployment.compute.keyPairs().list("ann")).containsExactly(pair);
        assertThat(deployment.compute.keyPairs().find("bob", "k")).isEmpty();
        refused(
                Kind.CONFLICT,
                "already exists",
                () -> deployment.compute.keyPairs().add(pair));
        deployment.compute.quotas().set(null, Map.of(Resource.KEY_PAIRS, 1));
        KeyPair second = new KeyPair("ann", "k2", "ssh", "ssh-rsa AAAA", "aa:bb", pair.createdAt());
        refused(
                Kind.LIMIT,
                "too many key pairs",
                () -> deployment.compute.keyPairs().add(second));
        deployment.compute.keyPairs().delete("ann", "k");
        refused(Kind.NOT_FOUND, "not found", () -> deployment.compute.keyPairs().delete("ann", "k"));
    }

    @Test
    void whatIsWrittenAboutAnInstanceStaysAndWhatIsDoneIsKept() {
        deployment.serving("h1");
        Asked asked = new Asked("req-create", "ann", Deployment.PROJECT);
        Instance vm = ScopedValue.where(Asked.NOW, asked)
                .call(() -> deployment.create(new Instances.NewInstance(
                        "vm",
                        Deployment.PROJECT,
                        "ann",
                        Deployment.SMALL,
                        Deployment.IMAGE,
                        null,
                        null,
                        List.of(),
                        Map.of(),
                        null,
                        new Particulars("of the shop", "shop", null, "k", "r-1", 2, false),
                        "IyE=",
                        new NetworkWish.None())));
        running(vm);
        Instance read = deployment.instances().find(vm.id()).orElseThrow();
        assertThat(read.particulars()).isEqualTo(new Particulars("of the shop", "shop", null, "k", "r-1", 2, true));
        assertThat(deployment.instances().userData(List.of(vm.id()))).containsExactly(Map.entry(vm.id(), "IyE="));
        InstanceAction created = deployment.instances().actions(vm.id()).getFirst();
        assertThat(created.request()).isEqualTo("req-create");
        assertThat(created.action()).isEqualTo("create");
        assertThat(created.user()).isEqualTo("ann");
        assertThat(created.finishedAt()).isNotNull();
        assertThat(created.failed()).isFalse();

        Particulars.Lock lock = new Particulars.Lock(Particulars.By.ADMIN, "in use");
        assertThat(deployment
                        .instances()
                        .changeParticulars(vm.id(), said -> said.withLock(lock))
                        .particulars()
                        .lock())
                .isEqualTo(lock);
        deployment.instances().changeParticulars(vm.id(), said -> said.withLock(null));
        refused(
                Kind.INVALID,
                "description",
                () -> deployment.instances().changeParticulars(vm.id(), said -> said.withDescription("a\u0007b")));
        refused(
                Kind.INVALID,
                "hostname",
                () -> deployment.instances().changeParticulars(vm.id(), said -> said.withHostname("")));
        deployment.instances().stop(vm.id(), Deployment.OWNER);
        await().untilAsserted(
                        () -> assertThat(deployment.instance(vm.id()).actual()).isEqualTo(ActualState.STOPPED));
        deployment.instances().delete(vm.id(), Deployment.OWNER);
        await().untilAsserted(
                        () -> assertThat(deployment.instances().find(vm.id())).isEmpty());
        assertThat(deployment.instances().actions(vm.id()))
                .extracting(InstanceAction::action)
                .containsExactly("delete", "stop", "unlock", "lock", "create");
        assertThat(deployment.instances().actions(vm.id()))
                .allSatisfy(one -> assertThat(one.finishedAt()).isNotNull());
    }

    @Test
    void whatFailsIsKeptAsFailed() {
        Instance vm = deployment.create("nowhere");
        InstanceAction created = deployment.instances().actions(vm.id()).getFirst();
        assertThat(created.failed()).isTrue();
        assertThat(created.message()).contains("No valid host");
        assertThat(created.user()).isNull();
        refused(Kind.CONFLICT, "no home", () -> deployment.instances().resetState(vm.id(), false, Deployment.OWNER));
        refused(Kind.CONFLICT, "vm_state error", () -> deployment.instances().reboot(vm.id(), false, Deployment.OWNER));
    }

    @Test
    void onlyTheNewestActionsAreKept() {
        deployment.serving("h1");
        Instance vm = deployment.create("vm");
        Particulars.Lock lock = new Particulars.Lock(Particulars.By.OWNER, null);
        for (int i = 0; i < InstanceAction.KEPT / 2 + 5; i++) {
            deployment.instances().changeParticulars(vm.id(), said -> said.withLock(lock));
            deployment.instances().changeParticulars(vm.id(), said -> said.withLock(null));
        }
        List<InstanceAction> kept = deployment.instances().actions(vm.id());
        assertThat(kept).hasSize(InstanceAction.KEPT);
        assertThat(kept.getFirst().action()).isEqualTo("unlock");
        assertThat(kept).noneMatch(one -> one.action().equals("create"));
    }

    @Test
    void aRebootIsANewGenerationOnTheSameHome() {
        deployment.serving("h1");
        Instance vm = deployment.create("vm");
        running(vm);
        Instance before = deployment.instance(vm.id());
        deployment.agents.at("h1").silent = true;
        deployment.instances().reboot(vm.id(), false, Deployment.OWNER);
        Instance during = deployment.instance(vm.id());
        assertThat(during.task()).isEqualTo("rebooting_hard");
        assertThat(during.home()).isEqualTo(H1);
        assertThat(before.generation().isOlderThan(during.generation())).isTrue();
        refused(
                Kind.CONFLICT,
                "task_state rebooting_hard",
                () -> deployment.instances().reboot(vm.id(), false, Deployment.OWNER));
        refused(Kind.CONFLICT, "task_state", () -> deployment.instances().resetState(vm.id(), true, Deployment.OWNER));
        deployment.agents.at("h1").silent = false;
        deployment.compute.delivery().wake();
        running(vm);
        assertThat(deployment.instance(vm.id()).task()).isNull();
        assertThat(deployment.instances().actions(vm.id()).getFirst().action()).isEqualTo("reboot");
        deployment.instances().reboot(vm.id(), true, Deployment.OWNER);
        running(vm);
        deployment.condemn("h1");
        refused(Kind.CONFLICT, "", () -> deployment.instances().reboot(vm.id(), false, Deployment.OWNER));
    }

    @Test
    void anOperatorMayShowAnInstanceAsFailedAndAsWellAgain() {
        deployment.serving("h1");
        Instance vm = deployment.create("vm");
        running(vm);
        Instance failed = deployment.instances().resetState(vm.id(), true, Deployment.OWNER);
        assertThat(failed.actual()).isEqualTo(ActualState.FAILED);
        assertThat(failed.fault()).contains("owner");
        Instance again = deployment.instances().resetState(vm.id(), false, Deployment.OWNER);
        assertThat(again.fault()).isNull();
        assertThat(again.actual()).isNotEqualTo(ActualState.FAILED);
        running(vm);
    }

    @Test
    void aFlavorIsDescribedAndGivenToProjects() {
        FlavorId small = Deployment.SMALL;
        ProjectId other = ProjectId.of("p2");
        assertThat(deployment.catalog().describeFlavor(small, "little").description())
                .isEqualTo("little");
        refused(Kind.CONFLICT, "public", () -> deployment.catalog().changeAccess(small, other, true));
        refused(Kind.NOT_FOUND, "not found", () -> deployment.catalog().changeAccess(small, other, false));
        FlavorId own = FlavorId.of("own");
        deployment
                .catalog()
                .addFlavor(new io.holdfast.compute.Flavor(
                        own,
                        "own",
                        new io.holdfast.model.Resources(1, 64, 1),
                        false,
                        Map.of(),
                        "theirs",
                        java.util.Set.of()));
        assertThat(deployment.catalog().changeAccess(own, other, true).access()).containsExactly(other);
        refused(Kind.CONFLICT, "already exists", () -> deployment.catalog().changeAccess(own, other, true));
        assertThat(deployment.catalog().flavor(own).orElseThrow().description()).isEqualTo("theirs");
        assertThat(deployment.catalog().changeAccess(own, other, false).access())
                .isEmpty();
        refused(
                Kind.NOT_FOUND,
                "could not be found",
                () -> deployment.catalog().describeFlavor(FlavorId.of("none"), null));
    }

    private void running(Instance vm) {
        await().untilAsserted(
                        () -> assertThat(deployment.instance(vm.id()).actual()).isEqualTo(ActualState.RUNNING));
    }

    private ServerGroupId group(String name) {
        return deployment
                .compute
                .serverGroups()
                .create(
                        new ServerGroups.NewGroup(name, Deployment.PROJECT, "user", GroupPolicy.SOFT_AFFINITY, null),
                        Deployment.OWNER)
                .id();
    }

    private Instance member(String name, ServerGroupId group) {
        return deployment.create(new Instances.NewInstance(
                name,
                Deployment.PROJECT,
                "user",
                Deployment.SMALL,
                Deployment.IMAGE,
                null,
                null,
                List.of(),
                Map.of(),
                group));
    }

    private Aggregate zone(int id, @Nullable String zone) {
        Map<String, @Nullable String> change = new HashMap<>();
        change.put(Aggregates.ZONE, zone);
        return deployment.compute.aggregates().changeMetadata(id, change);
    }

    private static void refused(Kind kind, String because, ThrowingCallable verb) {
        assertThatThrownBy(verb).isInstanceOfSatisfying(ComputeException.class, refusal -> {
            assertThat(refusal.kind()).isEqualTo(kind);
            assertThat(refusal).hasMessageContaining(because);
        });
    }
}
