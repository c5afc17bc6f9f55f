package io.holdfast.compute.store;

import static io.holdfast.compute.store.StoredInstancesTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Overcommit;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.store.StaleLeaderException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredHostsTest {

    private static final HostId H1 = HostId.of("h1");

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
    void theFirstIntroductionMakesAHostKnownAndJoining() {
        ComputeHost host = deployment.introduce("h1", "boot-1");

        assertThat(host.state()).isEqualTo(HostState.JOINING);
        assertThat(host.incarnation()).isEqualTo(Incarnation.of(1));
        assertThat(host.epoch()).isEqualTo(HostEpoch.ZERO);
        assertThat(host.takesClaims()).isFalse();
        assertThat(host.capacity()).isEqualTo(new Resources(8, 1024, 100));
        assertThat(deployment.hosts().list()).containsExactly(deployment.host("h1"));
    }

    @Test
    void theSameBootAgainChangesNothingAndKeepsServing() {
        deployment.serving("h1");
        ComputeHost again = deployment.introduce("h1", "h1-boot-1", new Resources(4, 512, 10));
        assertThat(again.state()).isEqualTo(HostState.SERVING);
        assertThat(again.incarnation()).isEqualTo(Incarnation.of(1));
        assertThat(again.capacity().vcpus()).isEqualTo(4);
    }

    @Test
    void aNewBootIsANewIncarnationWhoseGuestsAreUnknownUntilItIsAdmitted() {
        deployment.serving("h1");
        Instance web = running("web");

        ComputeHost again = deployment.introduce("h1", "h1-boot-2");

        assertThat(again.state()).isEqualTo(HostState.JOINING);
        assertThat(again.incarnation()).isEqualTo(Incarnation.of(2));
        assertThat(again.epoch()).isEqualTo(HostEpoch.ZERO);
        assertThat(deployment.instance(web.id()).actual()).isEqualTo(ActualState.UNKNOWN);
        deployment.admit("h1");
        assertThat(deployment.instance(web.id()).actual()).isEqualTo(ActualState.RUNNING);
        assertThat(deployment.instance(web.id()).goal()).isEqualTo(InstanceGoal.RUNNING);
    }

    @Test
    void afterACondemnationTheSameBootIsANewIncarnation() {
        deployment.serving("h1");
        deployment.condemn("h1");
        ComputeHost back = deployment.introduce("h1", "h1-boot-1");
        assertThat(back.state()).isEqualTo(HostState.JOINING);
        assertThat(back.incarnation()).isEqualTo(Incarnation.of(2));
        assertThat(back.epoch()).isEqualTo(HostEpoch.of(1));
    }

    @Test
    void anIntroductionThatCannotBeRightIsRefused() {
        deployment.introduce("h1", "boot-1");
        refused(Kind.INVALID, "segment nowhere, which does not exist", () -> introduce(SegmentId.of("nowhere"), 4000));
        refused(Kind.INVALID, "port 0", () -> introduce(Deployment.SEGMENT, 0));
        deployment.store.inTransactionDo(
                session -> session.createNativeMutationQuery("insert into segment (id) values ('other')")
                        .executeUpdate());
        refused(Kind.CONFLICT, "belongs to segment default, not other", () -> introduce(SegmentId.of("other"), 4000));
    }

    @Test
    void manyFirstIntroductionsOfOneHostAtATimeMakeOneHost() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<ComputeHost>> calls = IntStream.range(0, 6)
                    .mapToObj(i -> (Callable<ComputeHost>) () -> deployment.introduce("h1", "boot-1"))
                    .toList();
            for (Future<ComputeHost> done : threads.invokeAll(calls)) {
                assertThat(done.get().incarnation()).isEqualTo(Incarnation.of(1));
            }
        }
        assertThat(deployment.hosts().list()).hasSize(1);
    }

    @Test
    void admissionTellsExactlyWhatTheHostOwnsAndDestroysTheRest() {
        deployment.serving("h1", "h2");
        Instance mine = running("mine", "h1");
        Instance moved = running("moved", "h1");
        running("other", "h2");
        FenceProof proof = deployment.fence("h1");
        deployment.evacuate(deployment.instance(moved.id()), "h2", proof);
        deployment.introduce("h1", "h1-boot-2");

        AgentAnswer answer = deployment.admit("h1");

        assertThat(answer)
                .isInstanceOfSatisfying(
                        AgentAnswer.Accepted.class,
                        accepted -> assertThat(accepted.destroyed()).containsExactly(moved.id()));
        assertThat(deployment.agents.at("h1").adoptions.getLast().owned())
                .extracting(InstanceOrder::instance)
                .containsExactly(mine.id());
        assertThat(deployment.agents.at("h1").adoptions.getLast().incarnation()).isEqualTo(Incarnation.of(2));
        assertThat(deployment.agents.at("h1").adoptions)
                .extracting(AdoptOrder::number)
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(number -> number > 0);
        assertThat(deployment.host("h1").state()).isEqualTo(HostState.SERVING);
        assertThat(deployment.instance(mine.id()).actual()).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void aSilentAgentLeavesItsHostJoining() {
        deployment.introduce("h1", "boot-1");
        deployment.agents.at("h1").silent = true;
        assertThat(deployment.admit("h1")).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(deployment.host("h1").state()).isEqualTo(HostState.JOINING);
        assertThat(deployment.outbox()).isEmpty();

        deployment.agents.at("h1").silent = false;
        deployment.hosts().admit(H1, deployment.leader(), List.of(Deployment.fact("admitted")));
        assertThat(deployment.host("h1").state()).isEqualTo(HostState.SERVING);
        assertThat(deployment.outbox()).containsExactly("test.admitted");
    }

    @Test
    void aHostCondemnedWhileItIsBeingToldDoesNotServe() {
        deployment.introduce("h1", "boot-1");
        deployment.agents.at("h1").meanwhile = () -> deployment.condemn("h1");
        refused(Kind.CONFLICT, "changed while it was being admitted", () -> deployment.admit("h1"));
        assertThat(deployment.host("h1").state()).isEqualTo(HostState.CONDEMNED);
        refused(Kind.CONFLICT, "must introduce itself first", () -> deployment.admit("h1"));
    }

    @Test
    void aServingHostThatIsToldAgainTakesNoClaimMeanwhileSoThatNothingIsMissingOnItsList() {
        deployment.serving("h1");
        InstanceId[] late = new InstanceId[1];
        deployment.agents.at("h1").meanwhile = () -> {
            deployment.agents.at("h1").meanwhile = () -> {};
            late[0] = deployment.create("late").id();
        };

        deployment.admit("h1");

        assertThat(deployment.instance(late[0]).actual()).isEqualTo(ActualState.FAILED);
        assertThat(deployment.instance(late[0]).home()).isNull();
        assertThat(deployment.host("h1").state()).isEqualTo(HostState.SERVING);
    }

    @Test
    void condemningRaisesTheEpochOnceAndMakesItsInstancesUnknown() {
        deployment.serving("h1");
        Instance web = running("web");

        ComputeHost condemned = deployment
                .hosts()
                .condemn(H1, HostEpoch.ZERO, deployment.leader(), List.of(Deployment.fact("condemned")));
        ComputeHost again =
                deployment.hosts().condemn(H1, HostEpoch.ZERO, deployment.leader(), List.of(Deployment.fact("twice")));

        assertThat(condemned.epoch()).isEqualTo(HostEpoch.of(1));
        assertThat(condemned.state()).isEqualTo(HostState.CONDEMNED);
        assertThat(again.epoch()).isEqualTo(HostEpoch.of(1));
        assertThat(deployment.instance(web.id()).actual()).isEqualTo(ActualState.UNKNOWN);
        assertThat(deployment.outbox()).containsExactly("test.condemned");
        refused(
                Kind.CONFLICT,
                "is at epoch 1, not 7",
                () -> deployment.hosts().condemn(H1, HostEpoch.of(7), deployment.leader(), List.of()));
        refused(
                Kind.NOT_FOUND,
                "h9",
                () -> deployment.hosts().condemn(HostId.of("h9"), HostEpoch.ZERO, deployment.leader(), List.of()));
    }

    @Test
    void onlyAProofForTheVeryEpochFences() {
        deployment.serving("h1");
        Instance web = running("web");
        FenceProof early = deployment.proof("h1", HostEpoch.ZERO);
        refused(Kind.CONFLICT, "SERVING", () -> deployment.hosts().fenced(early, deployment.leader(), List.of()));
        deployment.condemn("h1");
        refused(
                Kind.CONFLICT,
                "CONDEMNED at epoch 1",
                () -> deployment.hosts().fenced(early, deployment.leader(), List.of()));

        FenceProof proof = deployment.proof("h1", HostEpoch.of(1));
        deployment.hosts().fenced(proof, deployment.leader(), List.of(Deployment.fact("fenced")));
        deployment.hosts().fenced(proof, deployment.leader(), List.of(Deployment.fact("twice")));

        assertThat(deployment.host("h1").state()).isEqualTo(HostState.FENCED);
        assertThat(deployment.instance(web.id()).actual()).isEqualTo(ActualState.STOPPED);
        assertThat(deployment.instance(web.id()).goal()).isEqualTo(InstanceGoal.RUNNING);
        assertThat(deployment.outbox()).containsExactly("test.fenced");
    }

    @Test
    void pardonTakesACondemnationBackButNeverAProof() {
        deployment.serving("h1");
        deployment.condemn("h1");
        ComputeHost pardoned = deployment.hosts().pardon(H1, deployment.leader(), List.of(Deployment.fact("pardoned")));
        assertThat(pardoned.state()).isEqualTo(HostState.JOINING);
        assertThat(pardoned.epoch()).isEqualTo(HostEpoch.of(1));
        deployment.hosts().pardon(H1, deployment.leader(), List.of(Deployment.fact("twice")));
        assertThat(deployment.outbox()).containsExactly("test.pardoned");

        deployment.fence("h1");
        refused(Kind.CONFLICT, "proven isolated", () -> deployment.hosts().pardon(H1, deployment.leader(), List.of()));
    }

    @Test
    void operatorsWordsDecideWhetherAHostTakesClaims() {
        deployment.serving("h1");
        assertThat(deployment.host("h1").takesClaims()).isTrue();
        assertThat(deployment.hosts().disable(H1, Deployment.OWNER, "disk swap"))
                .satisfies(host -> {
                    assertThat(host.takesClaims()).isFalse();
                    assertThat(host.disabledReason()).isEqualTo("disk swap");
                });
        assertThat(deployment.hosts().enable(H1, Deployment.OWNER).takesClaims())
                .isTrue();
        assertThat(deployment.hosts().enable(H1, Deployment.OWNER).disabledReason())
                .isNull();
        assertThat(deployment
                        .hosts()
                        .setForcedDown(H1, true, Deployment.OWNER, "smoke")
                        .takesClaims())
                .isFalse();
        // A force-down outlives the host's return: only a caller clears it.
        deployment.introduce("h1", "h1-boot-2");
        deployment.admit("h1");
        assertThat(deployment.host("h1").forcedDown()).isTrue();
        assertThat(deployment.hosts().forcedDownBy(H1)).contains(Deployment.OWNER + ": smoke");
        assertThat(deployment
                        .hosts()
                        .setForcedDown(H1, false, Deployment.OWNER, "")
                        .takesClaims())
                .isTrue();
        assertThat(deployment.hosts().forcedDownBy(H1)).isEmpty();
        refused(Kind.NOT_FOUND, "h9", () -> deployment.hosts().enable(HostId.of("h9"), Deployment.OWNER));
    }

    @Test
    void anIntroductionThatWasHeldUpLiftsNoCondemnation() {
        deployment.serving("h1");
        HostEpoch before = deployment.host("h1").epoch();
        HostIntroduction late =
                new HostIntroduction(H1, Deployment.SEGMENT, "nova", "h1-boot-1", "127.0.0.1", 4000, Resources.NOTHING);
        deployment.condemn("h1");

        refused(Kind.CONFLICT, "is at epoch", () -> deployment.hosts().introduce(late, before, deployment.leader()));

        assertThat(deployment.host("h1").state()).isEqualTo(HostState.CONDEMNED);
    }

    @Test
    void keepsWhatAHostSharesAndWhatOperatorsOrderedOfIt() {
        deployment
                .hosts()
                .introduce(
                        new HostIntroduction(
                                H1,
                                Deployment.SEGMENT,
                                "nova",
                                "boot-1",
                                "127.0.0.1",
                                4000,
                                Resources.NOTHING,
                                FailureDomains.parse("pdu=a,rack=r4")),
                        HostEpoch.ZERO,
                        deployment.leader());
        assertThat(deployment.host("h1").domains().names())
                .containsEntry("rack", "r4")
                .containsEntry("pdu", "a");
        Actor ann = new Actor("ann", "cli");

        deployment.hosts().startMaintenance(H1, ann, "new memory");
        assertThat(deployment.host("h1").maintenance()).contains("ann", "new memory");
        assertThat(deployment.host("h1").welcomes()).isFalse();
        deployment.hosts().endMaintenance(H1, ann);

        deployment.hosts().quarantine(H1, "flapping", deployment.leader());
        ComputeHost first = deployment.host("h1");
        assertThat(first.quarantine()).isEqualTo("flapping");
        deployment.hosts().quarantine(H1, "again", deployment.leader());
        assertThat(deployment.host("h1")).as("the first reason and moment stay").isEqualTo(first);
        assertThat(first.welcomes()).isFalse();
        deployment.hosts().release(H1);
        assertThat(deployment.host("h1").quarantinedAt()).isNull();
        assertThat(deployment.host("h1").welcomes()).isTrue();
    }

    @Test
    void aHostInMaintenanceOrQuarantineGetsNoNewInstance() {
        deployment.serving("h1");
        deployment.hosts().startMaintenance(H1, new Actor("ann", "cli"), "");
        assertRefused("maintenance");
        deployment.hosts().endMaintenance(H1, new Actor("ann", "cli"));
        deployment.hosts().quarantine(H1, "flapping", deployment.leader());
        assertRefused("quarantine");
    }

    /** The scheduler's snapshot is older than the lock: the row has the last word. */
    private void assertRefused(String why) {
        InstanceId id = deployment.create("vm-" + why, "h1").id();
        await().untilAsserted(() -> assertThat(deployment.instance(id).fault()).contains("does not take claims"));
        HostRow row = new HostRow();
        row.state = HostState.SERVING;
        row.enabled = true;
        row.maintenance = why.equals("maintenance") ? "ann" : null;
        row.quarantine = why.equals("quarantine") ? "flapping" : null;
        assertThat(new Room(new Overcommit(1.0, 1.0)).refusal(row, Resources.NOTHING))
                .contains("host is in " + why);
    }

    @Test
    void aReplacedLeaderIsRefusedByEveryVerb() {
        deployment.serving("h1");
        LeaderEpoch old = deployment.leader();
        deployment.leading.set(java.util.Optional.of(LeaderEpoch.of(2)));
        deployment.introduce("h1", "h1-boot-1");
        ComputeHost before = deployment.host("h1");
        int adoptions = deployment.agents.at("h1").adoptions.size();
        FenceProof proof = deployment.proof("h1", HostEpoch.of(1));

        assertStale(() -> deployment.hosts().admit(H1, old, List.of()));
        assertStale(() -> deployment.hosts().condemn(H1, HostEpoch.ZERO, old, List.of()));
        assertStale(() -> deployment.hosts().fenced(proof, old, List.of()));
        assertStale(() -> deployment.hosts().pardon(H1, old, List.of()));
        assertStale(() -> deployment.hosts().quarantine(H1, "flapping", old));
        assertThat(deployment.agents.at("h1").adoptions).hasSize(adoptions);
        assertThat(deployment.host("h1")).isEqualTo(before);
    }

    private static void assertStale(org.assertj.core.api.ThrowableAssert.ThrowingCallable act) {
        assertThatThrownBy(act).isInstanceOf(StaleLeaderException.class);
    }

    private void introduce(SegmentId segment, int port) {
        deployment
                .hosts()
                .introduce(
                        new HostIntroduction(H1, segment, "nova", "boot-1", "127.0.0.1", port, Resources.NOTHING),
                        HostEpoch.ZERO,
                        deployment.leader());
    }

    private Instance running(String name) {
        return running(name, "h1");
    }

    private Instance running(String name, String host) {
        InstanceId id = deployment.create(name, host).id();
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
        assertThat(id.value()).isNotEqualTo(new UUID(0, 0));
        return deployment.instance(id);
    }
}
