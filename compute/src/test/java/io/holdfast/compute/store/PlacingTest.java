package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances.NewInstance;
import io.holdfast.compute.Placer;
import io.holdfast.compute.Quotas;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.model.FlavorId;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import io.holdfast.store.StoreUnavailable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the moment at which an instance is stored until it has a home, or a fault that says why it has none. */
class PlacingTest {

    private static final Resources HUGE = new Resources(1000, 200_000, 1000);

    private Deployment deployment;
    private Placer working;
    private final Path shared;

    PlacingTest(@TempDir Path shared) {
        this.shared = shared;
    }

    @BeforeEach
    void deploy() {
        deployment = Deployment.withCatalog(shared);
        working = deployment.placer;
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    /** As a controller that leads no more, or not yet: it stores and does not place. */
    private InstanceId storedAndWaiting(String name) {
        Optional<LeaderEpoch> before = deployment.leading.getAndSet(Optional.empty());
        try {
            InstanceId id = deployment
                    .instances()
                    .create(Deployment.wanted(name, null), Deployment.OWNER)
                    .id();
            // A pass that was asked for by the creation has come and gone.
            deployment.compute.placeNow();
            return id;
        } finally {
            deployment.leading.set(before);
        }
    }

    @Test
    void whatIsDeletedRightAfterItWasAskedForIsDeletedWhereverItHasGotTo() {
        deployment.serving("h1", "h2");
        List<InstanceId> ids = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            InstanceId id = deployment
                    .instances()
                    .create(Deployment.wanted("vm" + i, null), Deployment.OWNER)
                    .id();
            deployment.instances().delete(id, Deployment.OWNER);
            ids.add(id);
        }
        await().untilAsserted(() -> assertThat(ids)
                .allMatch(id -> deployment
                        .instances()
                        .find(id)
                        .map(one -> one.actual() == ActualState.DELETED)
                        .orElse(true)));
    }

    /** Its answer may have been on its way: whoever asked is told that it is not known, and looks. */
    @Test
    void whoAsksDoesNotWaitForEverForItsAnswer() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        Rows rows = new Rows(RecoveryPolicy.NONE, Set.of(), InstanceNetworks.NONE);
        try (Creating creating = new Creating(
                deployment.store,
                rows,
                ComputeSettings.ConfigDrive.NEEDED,
                () -> {
                    stuck.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                Duration.ofSeconds(2),
                InstantSource.system())) {
            InstanceId first = creating.create(Deployment.wanted("first", null), Deployment.OWNER)
                    .id();
            assertThat(stuck.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> creating.create(Deployment.wanted("second", null), Deployment.OWNER))
                    .isInstanceOfSatisfying(
                            StoreUnavailable.class,
                            no -> assertThat(no.outcomeUnknown()).isTrue())
                    .hasMessageContaining("may be stored yet");
            go.countDown();
            await().until(() -> deployment.instances().list(null).size() == 2);
            assertThat(deployment.instances().list(null))
                    .extracting(Instance::id)
                    .contains(first);
        }
    }

    private void stands(InstanceId id) {
        Instance now = deployment.instance(id);
        assertThat(now.home()).isNull();
        assertThat(now.task()).isEqualTo("scheduling");
        assertThat(now.actual()).isEqualTo(ActualState.BUILDING);
    }

    @Test
    void anAnswerComesBeforeAHomeDoesAndItWaitsForWhoeverLeads() {
        deployment.serving("h1");

        InstanceId id = storedAndWaiting("web");
        stands(id);

        deployment.compute.placeNow();
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h1"));
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
    }

    @Test
    void whatACrashedControllerHadStoredIsPlacedByTheFirstRoundOfTheNext() {
        deployment.serving("h1");
        InstanceId id = storedAndWaiting("web");

        try (Deployment next = deployment.beside()) {
            next.leading.set(Optional.of(LeaderEpoch.of(2)));
            next.compute.start();
            await().until(() -> next.instance(id).actual() == ActualState.RUNNING);
            assertThat(next.instance(id).generation().value()).isEqualTo(1);
        }
    }

    @Test
    void aLeaderThatWasDeposedBetweenItsPlanAndItsClaimClaimsNothing() {
        deployment.serving("h1");
        Optional<LeaderEpoch> leader = deployment.leading.getAndSet(Optional.empty());
        InstanceId id = deployment
                .instances()
                .create(Deployment.wanted("web", null), Deployment.OWNER)
                .id();
        // Before anybody leads: the pass that the creation asks for may come late, and must not place it by another
        // placer.
        deployment.placer = (instance, wants, zone, only) -> {
            deployment.store.inTransactionDo(
                    session -> Store.recordLeader(session, Deployment.SEGMENT, LeaderEpoch.of(2), "another"));
            return working.choose(instance, wants, zone, only);
        };
        deployment.leading.set(leader);

        assertThatThrownBy(deployment.compute::placeNow).isInstanceOf(StaleLeaderException.class);
        stands(id);
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);

        deployment.placer = working;
        deployment.leading.set(Optional.of(LeaderEpoch.of(2)));
        deployment.compute.placeNow();
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h1"));
    }

    @Test
    void oneThatIsDeletedWhileItWaitsIsGoneAndTakesNoRoom() {
        deployment.serving("h1");
        // Nobody leads until it is deleted: the pass that its creation asked for may still be on its way.
        Optional<LeaderEpoch> leader = deployment.leading.getAndSet(Optional.empty());
        InstanceId id = deployment
                .instances()
                .create(Deployment.wanted("web", null), Deployment.OWNER)
                .id();

        deployment.instances().delete(id, Deployment.OWNER);
        deployment.leading.set(leader);
        deployment.compute.placeNow();

        assertThat(deployment.instances().find(id)).isEmpty();
        assertThat(deployment.instance(id).home()).isNull();
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void oneThatIsStoppedWhileItWaitsHasNoHomeUntilItIsStarted() {
        deployment.serving("h1");
        InstanceId id = storedAndWaiting("web");

        deployment.instances().stop(id, Deployment.OWNER);
        deployment.compute.placeNow();
        Instance stopped = deployment.instance(id);
        assertThat(stopped.actual()).isEqualTo(ActualState.STOPPED);
        assertThat(stopped.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(stopped.task()).isNull();
        assertThat(stopped.home()).isNull();

        deployment.instances().start(id, Deployment.OWNER);
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
    }

    @Test
    void thoseWhoseOwnersChangeTheirMindsBetweenThePlanAndTheClaimGetNoHome() {
        deployment.serving("h1");
        InstanceId deleted = storedAndWaiting("deleted");
        InstanceId stopped = storedAndWaiting("stopped");
        InstanceId stays = storedAndWaiting("stays");
        deployment.placer = (instance, wants, zone, only) -> {
            if (instance.equals(deleted)) {
                deployment.instances().delete(deleted, Deployment.OWNER);
            } else if (instance.equals(stopped)) {
                deployment.instances().stop(stopped, Deployment.OWNER);
            }
            return working.choose(instance, wants, zone, only);
        };

        deployment.compute.placeNow();

        assertThat(deployment.instance(deleted).home()).isNull();
        assertThat(deployment.instance(stopped).home()).isNull();
        assertThat(deployment.instance(stays).home()).isEqualTo(HostId.of("h1"));
        assertThat(deployment.host("h1").instances()).isEqualTo(1);
    }

    @Test
    void onlyThoseThatAHostRefusedArePlannedAgainAndTheRestHaveTheirHomes() {
        deployment.serving("h1", "h2");
        List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
        List<InstanceId> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add(storedAndWaiting("vm" + i));
        }
        deployment.placer = new Placer() {
            @Override
            public Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
                throw new AssertionError("asked one by one");
            }

            @Override
            public List<Choice> chooseAll(List<Search> all) {
                asked.add(all.size());
                // By a snapshot that is old at once: h1 has room for eight.
                Choice choice = new Choice.Home(HostId.of(asked.size() == 1 ? "h1" : "h2"));
                return all.stream().map(one -> choice).toList();
            }
        };

        deployment.compute.placeNow();

        assertThat(asked).containsExactly(12, 4);
        assertThat(deployment.host("h1").instances()).isEqualTo(8);
        assertThat(deployment.host("h2").instances()).isEqualTo(4);
        assertThat(ids).allMatch(id -> deployment.instance(id).generation().value() == 1);
    }

    @Test
    void whoFindsNoRoomFailsWithTheReasonsAndTheOthersOfTheSameBatchDoNot() {
        deployment.serving("h1");
        List<InstanceId> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add(storedAndWaiting("vm" + i));
        }

        deployment.compute.placeNow();

        Map<Boolean, List<InstanceId>> placed = ids.stream()
                .collect(Collectors.partitioningBy(id -> deployment.instance(id).home() != null));
        assertThat(placed.get(true)).containsExactlyElementsOf(ids.subList(0, 8));
        assertThat(placed.get(false)).allSatisfy(id -> {
            assertThat(deployment.instance(id).actual()).isEqualTo(ActualState.FAILED);
            assertThat(deployment.instance(id).fault()).isEqualTo("No valid host was found. h1: full");
            assertThat(deployment.instances().actions(id).getFirst().failed()).isTrue();
        });
    }

    @Test
    void aBatchThatIsAFullTransactionIsFollowedByTheNext() {
        deployment.introduce("h1", "boot", HUGE);
        deployment.admit("h1");
        Set<InstanceId> ids = Collections.synchronizedSet(new HashSet<>());
        deployment.leading.set(Optional.empty());
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Placing.BATCH + 20; i++) {
                String name = "vm" + i;
                callers.execute(() -> ids.add(deployment
                        .instances()
                        .create(Deployment.wanted(name, null), Deployment.OWNER)
                        .id()));
            }
        }
        deployment.leading.set(Optional.of(LeaderEpoch.of(1)));

        deployment.compute.placeNow();

        assertThat(ids).hasSize(Placing.BATCH + 20);
        assertThat(deployment.host("h1").instances()).isEqualTo(Placing.BATCH + 20);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> ids.stream().allMatch(id -> deployment.instance(id).actual() == ActualState.RUNNING));
    }

    @Test
    void aDefectWithOneLeavesTheOthersTheirHomesAndEndsInAFault() {
        deployment.serving("h1");
        InstanceId broken = storedAndWaiting("broken");
        InstanceId whole = storedAndWaiting("whole");
        deployment.placer = (instance, wants, zone, only) -> {
            if (instance.equals(broken)) {
                throw new IllegalStateException("a defect");
            }
            return working.choose(instance, wants, zone, only);
        };

        deployment.compute.placeNow();
        assertThat(deployment.instance(whole).home()).isEqualTo(HostId.of("h1"));
        stands(broken);

        deployment.ahead.set(Duration.ofMinutes(6));
        deployment.compute.placeNow();
        assertThat(deployment.instance(broken).actual()).isEqualTo(ActualState.FAILED);
        assertThat(deployment.instance(broken).fault())
                .contains("error in the controller")
                .contains("a defect");
    }

    @Test
    void membersOfAGroupThatMustBeApartArePlacedApartAlsoInOneBatch() {
        deployment.serving("h1", "h2");
        ServerGroupId apart = deployment
                .compute
                .serverGroups()
                .create(
                        new NewGroup("apart", Deployment.PROJECT, "user", GroupPolicy.ANTI_AFFINITY, null),
                        Deployment.OWNER)
                .id();
        deployment.leading.set(Optional.empty());
        List<InstanceId> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            NewInstance w = Deployment.wanted("m" + i, null);
            members.add(deployment
                    .instances()
                    .create(
                            new NewInstance(
                                    w.name(),
                                    w.project(),
                                    w.user(),
                                    w.flavor(),
                                    w.image(),
                                    null,
                                    null,
                                    List.of(),
                                    Map.of(),
                                    apart),
                            Deployment.OWNER)
                    .id());
        }
        deployment.leading.set(Optional.of(LeaderEpoch.of(1)));
        // It knows nothing of groups; the claim does, and has it asked again.
        deployment.placer = (instance, wants, zone, only) ->
                new Placer.Choice.Home(HostId.of(deployment.host("h1").instances() == 0 ? "h1" : "h2"));

        deployment.compute.placeNow();

        assertThat(members.stream()
                        .map(id -> Optional.ofNullable(deployment.instance(id).home())))
                .containsExactlyInAnyOrder(
                        Optional.of(HostId.of("h1")), Optional.of(HostId.of("h2")), Optional.empty());
    }

    @Test
    void severalControllersThatPlaceAtTheSameTimeGiveEachInstanceOneHomeAndNoHostMoreThanItHas() throws Exception {
        deployment.serving("h1", "h2", "h3");
        try (Deployment second = deployment.beside();
                Deployment third = deployment.beside();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Deployment> controllers = List.of(deployment, second, third);
            CountDownLatch go = new CountDownLatch(1);
            List<Callable<InstanceId>> creations = new ArrayList<>();
            for (int i = 0; i < 36; i++) {
                Deployment at = controllers.get(i % 3);
                String name = "vm" + i;
                creations.add(() -> {
                    go.await();
                    InstanceId made = at.instances()
                            .create(Deployment.wanted(name, null), Deployment.OWNER)
                            .id();
                    at.compute.placeNow();
                    return made;
                });
            }
            List<Future<InstanceId>> running =
                    creations.stream().map(threads::submit).toList();
            go.countDown();
            List<Instance> made = new ArrayList<>();
            for (Future<InstanceId> one : running) {
                InstanceId id = one.get(60, TimeUnit.SECONDS);
                await().until(() -> !"scheduling".equals(deployment.instance(id).task()));
                made.add(deployment.instance(id));
            }
            assertThat(made.stream().filter(one -> one.home() != null))
                    .hasSize(24)
                    .allMatch(one -> one.generation().value() == 1);
            assertThat(made.stream().filter(one -> one.actual() == ActualState.FAILED))
                    .hasSize(12);
            for (String host : List.of("h1", "h2", "h3")) {
                assertThat(deployment.host(host).instances()).isEqualTo(8);
            }
        }
    }

    @Test
    void ofThoseThatAreStoredTogetherEachGetsItsOwnAnswer() throws Exception {
        deployment.introduce("h1", "boot", HUGE);
        deployment.admit("h1");
        deployment.compute.quotas().set(Deployment.PROJECT, Map.of(Quotas.Resource.INSTANCES, 20));
        CountDownLatch go = new CountDownLatch(1);
        List<Future<String>> answers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 60; i++) {
                boolean wrong = i % 3 == 0;
                NewInstance w = Deployment.wanted("vm" + i, null);
                NewInstance wanted = !wrong
                        ? w
                        : new NewInstance(
                                w.name(),
                                w.project(),
                                w.user(),
                                FlavorId.of("nope"),
                                w.image(),
                                null,
                                null,
                                List.of(),
                                Map.of());
                answers.add(callers.submit(() -> {
                    go.await();
                    try {
                        Instance made = deployment.instances().create(wanted, Deployment.OWNER);
                        assertThat(made.name()).isEqualTo(wanted.name());
                        return "made";
                    } catch (ComputeException e) {
                        return e.kind().name();
                    }
                }));
            }
            go.countDown();
        }
        List<String> said = new ArrayList<>();
        for (Future<String> one : answers) {
            said.add(one.get());
        }
        assertThat(said.stream().filter("INVALID"::equals)).hasSize(20);
        assertThat(said.stream().filter("made"::equals)).hasSize(20);
        assertThat(said.stream().filter("LIMIT"::equals)).hasSize(20);
        assertThat(deployment.instances().list(null)).hasSize(20);
        await().until(() ->
                deployment.instances().list(null).stream().noneMatch(one -> "scheduling".equals(one.task())));
    }

    @Test
    void afterCloseNobodyIsToldThatSomethingWasStored() {
        deployment.compute.close();
        assertThatThrownBy(() -> deployment.instances().create(Deployment.wanted("late", null), Deployment.OWNER))
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("stopping");
        assertThat(deployment.instances().list(null)).isEmpty();
    }
}
