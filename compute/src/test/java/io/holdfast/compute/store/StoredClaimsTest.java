package io.holdfast.compute.store;

import static io.holdfast.compute.store.StoredInstancesTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.store.StaleLeaderException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredClaimsTest {

    private static final HostId H2 = HostId.of("h2");

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void aClaimMovesHomeRoomGenerationAndFactsTogether() {
        deployment.serving("h1", "h2");
        Instance web = running("web");
        FenceProof proof = deployment.fence("h1");

        Claim claim = deployment.evacuate(web, "h2", proof);

        assertThat(claim).isEqualTo(new Claim.Granted(H2, Generation.of(2), HostEpoch.ZERO));
        Instance moved = deployment.instance(web.id());
        assertThat(moved.home()).isEqualTo(H2);
        assertThat(moved.generation()).isEqualTo(Generation.of(2));
        assertThat(moved.task()).isEqualTo("evacuating");
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        assertThat(deployment.host("h2").used()).isEqualTo(new Resources(1, 128, 1));
        assertThat(deployment.outbox()).containsExactly("test.moved");

        deployment.claims().deliver(web.id());
        await().until(() -> deployment.agents.at("h2").runs(web.id()));
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
    }

    @Test
    void leftStoppedOnlyItsHomeMovesAndNobodyIsToldToStartIt() {
        deployment.serving("h1", "h2");
        Instance web = running("web");
        FenceProof proof = deployment.fence("h1");

        assertThat(deployment.evacuate(web, "h2", proof, true)).isInstanceOf(Claim.Granted.class);

        Instance moved = deployment.instance(web.id());
        assertThat(moved.home()).isEqualTo(H2);
        assertThat(moved.goal()).isEqualTo(io.holdfast.compute.InstanceGoal.STOPPED);
        assertThat(moved.actual()).isEqualTo(ActualState.STOPPED);
        assertThat(moved.task()).isNull();
        assertThat(deployment.agents.at("h2").orders).isEmpty();
    }

    @Test
    void theSameClaimAgainIsGrantedAgainAndChangesNothing() {
        deployment.serving("h1", "h2", "h3");
        Instance web = running("web");
        FenceProof proof = deployment.fence("h1");
        Claim first = deployment.evacuate(web, "h2", proof);
        // Even when the new home is full or failing by then: the claim was made.
        deployment.hosts().disable(H2, Deployment.OWNER, "");

        assertThat(deployment.evacuate(web, "h2", proof)).isEqualTo(first);

        assertThat(deployment.evacuate(web, "h3", proof)).isInstanceOf(Claim.Conflict.class);
        assertThat(deployment.host("h2").used().vcpus()).isEqualTo(1);
        assertThat(deployment.host("h3").used().vcpus()).isZero();
        assertThat(deployment.outbox()).containsExactly("test.moved");
    }

    @Test
    void whatIsRefusedLeavesNoFactAndTakesNoRoom() {
        deployment.serving("h1", "h2");
        Instance web = running("web");
        deployment.condemn("h1");
        FenceProof proof = deployment.proof("h1", HostEpoch.of(1));
        assertConflict(deployment.evacuate(web, "h2", proof), "CONDEMNED at epoch 1");

        deployment.hosts().fenced(proof, deployment.leader(), List.of());
        assertConflict(deployment.evacuate(web, "h2", deployment.proof("h1", HostEpoch.ZERO)), "which no proof covers");
        assertConflict(
                deployment
                        .claims()
                        .evacuate(web.id(), Generation.of(7), H2, proof, false, deployment.leader(), List.of()),
                "at generation 1");
        assertConflict(
                deployment
                        .claims()
                        .evacuate(
                                InstanceId.of(new UUID(9, 9)),
                                web.generation(),
                                H2,
                                proof,
                                false,
                                deployment.leader(),
                                List.of()),
                "deleted");
        assertConflict(deployment.evacuate(web, "h2", fencedOther()), "not h3 at 1");
        assertThat(deployment.evacuate(web, "nowhere", proof))
                .isEqualTo(new Claim.HostRefused(HostId.of("nowhere"), "it is not known here"));
        refused(
                ComputeException.Kind.NOT_FOUND,
                "h9",
                () -> deployment.evacuate(web, "h2", deployment.proof("h9", HostEpoch.of(1))));
        deployment.instances().delete(web.id(), Deployment.OWNER);
        assertConflict(deployment.evacuate(web, "h2", proof), "deleted by its owner");

        assertThat(deployment.outbox()).isEmpty();
        assertThat(deployment.host("h2").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void aHostThatTakesNoClaimsRefusesWithItsReason() {
        deployment.serving("h1", "h2");
        Instance web = running("web");
        FenceProof proof = deployment.fence("h1");

        deployment.hosts().disable(H2, Deployment.OWNER, "");
        assertRefused(deployment.evacuate(web, "h2", proof), "disabled");
        deployment.hosts().enable(H2, Deployment.OWNER);
        deployment.hosts().setForcedDown(H2, true, Deployment.OWNER, "");
        assertRefused(deployment.evacuate(web, "h2", proof), "forced down");
        deployment.hosts().setForcedDown(H2, false, Deployment.OWNER, "");
        deployment.introduce("h2", "h2-boot-1", new Resources(8, 127, 0));
        assertRefused(deployment.evacuate(web, "h2", proof), "needs 128 MiB, 127 MiB free");
        deployment.introduce("h2", "h2-boot-1", new Resources(0, 1024, 0));
        assertRefused(deployment.evacuate(web, "h2", proof), "needs 1 vCPU, 0 free");
        deployment.introduce("h2", "h2-boot-2");
        assertRefused(deployment.evacuate(web, "h2", proof), "JOINING");
        deployment.condemn("h2");
        assertRefused(deployment.evacuate(web, "h2", proof), "CONDEMNED");
        assertRefused(deployment.evacuate(web, "h1", proof), "FENCED");
        assertThat(deployment.outbox()).isEmpty();
    }

    @Test
    void aHostOfAnotherSegmentIsNoHomeAndItsLeaderIsNotTouched() {
        deployment.serving("h1");
        Instance web = running("web");
        deployment.store.inTransactionDo(
                session -> session.createNativeMutationQuery("insert into segment (id) values ('other')")
                        .executeUpdate());
        deployment
                .hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of("a1"),
                                SegmentId.of("other"),
                                "nova",
                                "boot",
                                "127.0.0.1",
                                4000,
                                new Resources(8, 1024, 10)),
                        io.holdfast.model.HostEpoch.ZERO,
                        LeaderEpoch.of(1));
        deployment.hosts().admit(HostId.of("a1"), LeaderEpoch.of(1), List.of());
        FenceProof proof = deployment.fence("h1");
        deployment.leading.set(Optional.of(LeaderEpoch.of(40)));

        assertRefused(deployment.evacuate(web, "a1", proof), "segment other");

        deployment.hosts().admit(HostId.of("a1"), LeaderEpoch.of(2), List.of());
    }

    @Test
    void aReplacedLeaderClaimsNothing() {
        deployment.serving("h1", "h2");
        Instance web = running("web");
        FenceProof proof = deployment.fence("h1");
        LeaderEpoch old = deployment.leader();
        deployment.hosts().condemn(HostId.of("h1"), HostEpoch.ZERO, LeaderEpoch.of(2), List.of());

        assertThatThrownBy(() ->
                        deployment.claims().evacuate(web.id(), web.generation(), H2, proof, false, old, List.of()))
                .isInstanceOf(StaleLeaderException.class);
        assertThat(deployment.instance(web.id()).home()).isEqualTo(HostId.of("h1"));
    }

    @Test
    void ofTwoClaimsForTheLastRoomExactlyOneWins() throws Exception {
        deployment.serving("h1");
        deployment.introduce("h2", "h2-boot-1", new Resources(8, 128, 10));
        deployment.admit("h2");
        List<Instance> two = List.of(running("a", "h1"), running("b", "h1"));
        FenceProof proof = deployment.fence("h1");

        List<Claim> claims = atOnce(two.stream()
                .<Callable<Claim>>map(instance -> () -> deployment.evacuate(instance, "h2", proof))
                .toList());

        assertThat(claims).filteredOn(Claim.Granted.class::isInstance).hasSize(1);
        assertThat(claims).filteredOn(Claim.HostRefused.class::isInstance).hasSize(1);
        assertThat(deployment.outbox()).hasSize(1);
    }

    @Test
    void ofManyClaimsForOneInstanceExactlyOneWins() throws Exception {
        deployment.serving("h1", "h2", "h3", "h4");
        Instance web = running("web", "h1");
        FenceProof proof = deployment.fence("h1");

        List<Claim> claims = atOnce(List.of(
                () -> deployment.evacuate(web, "h2", proof),
                () -> deployment.evacuate(web, "h3", proof),
                () -> deployment.evacuate(web, "h4", proof)));

        assertThat(claims).filteredOn(Claim.Granted.class::isInstance).hasSize(1);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(2));
        for (String host : List.of("h1", "h2", "h3", "h4")) {
            deployment.assertBooksAreRight(host);
        }
    }

    /** Everybody does anything at the same time; afterwards the books balance. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void safetyRoomGivenAwayEqualsRoomOwedAndNeverExceedsTheLimit(long seed) throws Exception {
        List<String> hosts = List.of("h1", "h2", "h3");
        for (String host : hosts) {
            deployment.introduce(host, "boot", new Resources(8, 4 * 128, 100));
            deployment.admit(host);
        }
        List<Callable<Integer>> actors = new ArrayList<>();
        for (int actor = 0; actor < 6; actor++) {
            Random random = new Random(seed * 100 + actor);
            String name = "a" + actor;
            actors.add(() -> {
                for (int i = 0; i < 12; i++) {
                    act(random, name + "-" + i, hosts.get(random.nextInt(hosts.size())));
                }
                return 0;
            });
        }

        atOnce(actors);

        deployment.compute.close();
        for (String host : hosts) {
            ComputeHost now = deployment.host(host);
            assertThat(now.used()).as("seed %d, host %s", seed, host).isEqualTo(deployment.owedBy(host));
            assertThat(now.used().memoryMib())
                    .isLessThanOrEqualTo(now.capacity().memoryMib());
        }
    }

    private void act(Random random, String name, String host) {
        try {
            switch (random.nextInt(6)) {
                case 0, 1 -> deployment.create(name);
                case 2 ->
                    deployment.instances().list(null).stream()
                            .findAny()
                            .ifPresent(instance -> deployment.instances().delete(instance.id(), Deployment.OWNER));
                case 3 -> {
                    FenceProof proof = deployment.fence(host);
                    for (Instance instance : deployment.claims().at(HostId.of(host))) {
                        deployment.hosts().list().stream()
                                .filter(ComputeHost::takesClaims)
                                .findAny()
                                .ifPresent(to ->
                                        deployment.evacuate(instance, to.id().value(), proof));
                    }
                }
                case 4 -> {
                    if (deployment.host(host).state() == HostState.FENCED) {
                        deployment.introduce(host, name, new Resources(8, 4 * 128, 100));
                        deployment.admit(host);
                    }
                }
                default -> {
                    Instance first = deployment.instances().list(null).stream()
                            .findFirst()
                            .orElse(null);
                    if (first != null) {
                        deployment.instances().stop(first.id(), Deployment.OWNER);
                    }
                }
            }
        } catch (ComputeException refused) {
            // Somebody else was first; that is what is tested.
            assertThat(refused.kind()).isIn(ComputeException.Kind.CONFLICT, ComputeException.Kind.NOT_FOUND);
        }
    }

    private FenceProof fencedOther() {
        deployment.serving("h3");
        return deployment.fence("h3");
    }

    private Instance running(String name) {
        return running(name, "h1");
    }

    private Instance running(String name, String host) {
        InstanceId id = deployment.create(name, host).id();
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
        return deployment.instance(id);
    }

    private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> done : threads.invokeAll(calls)) {
                results.add(done.get());
            }
            return results;
        }
    }

    private static void assertConflict(Claim claim, String words) {
        assertThat(claim)
                .isInstanceOfSatisfying(
                        Claim.Conflict.class,
                        conflict -> assertThat(conflict.reason()).contains(words));
    }

    private static void assertRefused(Claim claim, String words) {
        assertThat(claim)
                .isInstanceOfSatisfying(
                        Claim.HostRefused.class,
                        host -> assertThat(host.reason()).contains(words));
    }
}
