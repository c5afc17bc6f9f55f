package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.Withdrawals.Relocation;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.store.StaleLeaderException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one living home to another: the home confirms first, and at every moment there is one. */
class StoredRelocationsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    private Deployment deployment;
    private Instance web;

    @BeforeEach
    void oneThatRuns(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2");
        InstanceId id = deployment.create("web", "h1").id();
        await().until(() -> deployment.instance(id).actual() == ActualState.RUNNING);
        web = deployment.instance(id);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void itsHomeStopsItAndOnlyThenItGetsTheOtherOneAndRunsThere() {
        deployment.agents.at("h1").meanwhile = () -> {
            assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
            assertThat(deployment.instance(web.id()).task()).isEqualTo("migrating");
        };

        assertThat(relocate()).isEqualTo(new Relocation.Relocated(Generation.of(3)));

        InstanceOrder told = deployment.agents.at("h1").orders.getLast();
        assertThat(told.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(told.generation()).isEqualTo(Generation.of(2));
        assertThat(deployment.agents.at("h1").runs(web.id())).isFalse();
        Instance moved = deployment.instance(web.id());
        assertThat(moved.home()).isEqualTo(H2);
        assertThat(moved.actual()).isEqualTo(ActualState.UNKNOWN);
        assertThat(moved.goal()).isEqualTo(InstanceGoal.RUNNING);
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        assertThat(deployment.host("h2").used()).isEqualTo(new Resources(1, 128, 1));

        deployment.claims().deliver(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
        assertThat(deployment.agents.at("h2").runs(web.id())).isTrue();
        assertThat(deployment.instance(web.id()).task()).isNull();
    }

    @Test
    void theSameRelocationAgainAnswersTheSameAndTellsNobody() {
        relocate();
        int orders = deployment.agents.at("h1").orders.size();
        assertThat(relocate()).isEqualTo(new Relocation.Relocated(Generation.of(3)));
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
    }

    @Test
    void aHostThatWillNotHaveItLeavesItWhereItIsAtANewerGeneration() {
        deployment.hosts().disable(H2, Deployment.OWNER, "for work");

        assertThat(relocate()).isInstanceOfSatisfying(Relocation.Kept.class, kept -> {
            assertThat(kept.generation()).isEqualTo(Generation.of(3));
            assertThat(kept.reason()).contains("host h2", "disabled");
        });
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);

        deployment.claims().deliver(web.id());
        await().until(() -> deployment.agents.at("h1").runs(web.id()));
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
        assertThat(deployment.host("h1").used()).isEqualTo(new Resources(1, 128, 1));
        assertThat(deployment.host("h2").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void aHomeThatDoesNotAnswerKeepsItAndCanBeToldToGoOn() {
        deployment.agents.at("h1").silent = true;
        assertThat(relocate()).isInstanceOf(Relocation.NotConfirmed.class);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(1));
        deployment.agents.at("h1").silent = false;
        deployment.agents.at("h1").knows(web.id(), Generation.of(2));

        assertThat(keep(Generation.of(1)))
                .isInstanceOfSatisfying(
                        Relocation.Kept.class,
                        kept -> assertThat(kept.generation()).isEqualTo(Generation.of(3)));
        deployment.claims().deliver(web.id());
        await().until(() -> deployment.agents.at("h1").runs(web.id()));
        assertThat(keep(Generation.of(1))).isInstanceOf(Relocation.Conflict.class);
    }

    @Test
    void aHomeCondemnedWhileItIsAskedKeepsTheInstanceForItsOwnCase() {
        deployment.agents.at("h1").meanwhile = () -> deployment.condemn("h1");
        assertThat(relocate()).isInstanceOf(Relocation.Conflict.class);
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(1));
        assertThat(relocate()).isInstanceOf(Relocation.Conflict.class);
        assertThat(keep(Generation.of(1))).isInstanceOf(Relocation.Conflict.class);
    }

    @Test
    void stoppedOrDeletedByItsOwnerMeanwhileIsRespected() {
        deployment.agents.at("h1").meanwhile = () -> {
            deployment.agents.at("h1").meanwhile = () -> {};
            deployment.instances().delete(web.id(), Deployment.OWNER);
        };
        assertThat(relocate()).isInstanceOf(Relocation.Conflict.class);
        assertThat(deployment.host("h2").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void anotherGenerationOrHomeIsAConflict() {
        assertThat(relocate(Generation.of(7), H1, H2)).isInstanceOf(Relocation.Conflict.class);
        assertThat(relocate(Generation.of(1), H2, H1)).isInstanceOf(Relocation.Conflict.class);
        assertThat(deployment.instance(web.id()).task()).isNull();
    }

    @Test
    void aReplacedLeaderMovesNothingAndTellsNobody() {
        LeaderEpoch old = deployment.leader();
        deployment.leading.set(Optional.of(LeaderEpoch.of(2)));
        deployment.introduce("h1", "h1-boot-1");
        int orders = deployment.agents.at("h1").orders.size();
        assertThatThrownBy(() -> deployment
                        .compute
                        .withdrawals()
                        .relocate(web.id(), web.generation(), H1, H2, old, Duration.ofSeconds(1)))
                .isInstanceOf(StaleLeaderException.class);
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
    }

    @Test
    void whatSomebodyElseHasMovedIsFollowedAlsoWhereThereIsNoRoom() {
        movedByHand();
        deployment.hosts().disable(H2, Deployment.OWNER, "for work");

        assertThat(follow()).isEqualTo(new Relocation.Relocated(Generation.of(3)));

        assertThat(deployment.agents.at("h1").orders.getLast().goal()).isEqualTo(InstanceGoal.STOPPED);
        Instance followed = deployment.instance(web.id());
        assertThat(followed.home()).isEqualTo(H2);
        assertThat(followed.fault()).isNull();
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
        assertThat(deployment.host("h2").used()).isEqualTo(new Resources(1, 128, 1));
        assertThat(follow()).as("said again").isEqualTo(new Relocation.Relocated(Generation.of(3)));
        deployment.claims().deliver(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
    }

    @Test
    void aHomeThatStillRunsItIsNotToldToEndIt() {
        deployment.agents.at("h2").isBrought(web.id());
        int orders = deployment.agents.at("h1").orders.size();
        assertThat(follow()).isInstanceOf(Relocation.NotConfirmed.class);
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
        assertThat(deployment.agents.at("h1").runs(web.id())).isTrue();
    }

    @Test
    void whatMayRunOnACondemnedHostIsStartedNowhereUntilThatIsProvenIsolated() {
        movedByHand();
        deployment.condemn("h2");
        assertThat(follow())
                .isInstanceOfSatisfying(
                        Relocation.NotConfirmed.class,
                        not -> assertThat(not.reason()).contains("h2", "CONDEMNED"));
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(1));

        deployment
                .hosts()
                .fenced(deployment.proof("h2", deployment.host("h2").epoch()), deployment.leader(), List.of());
        assertThat(follow())
                .isInstanceOfSatisfying(
                        Relocation.Kept.class, kept -> assertThat(kept.reason()).contains("proven isolated"));
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
    }

    @Test
    void aHostSeesWhatItHasWhoeverOwnsIt() {
        Withdrawals withdrawals = deployment.compute.withdrawals();
        Duration second = Duration.ofSeconds(1);
        assertThat(withdrawals.isSeenAt(web.id(), H1, second)).isTrue();
        assertThat(withdrawals.isSeenAt(web.id(), H2, second)).isFalse();
        movedByHand();
        assertThat(withdrawals.isSeenAt(web.id(), H1, second)).isFalse();
        assertThat(withdrawals.isSeenAt(web.id(), H2, second)).isTrue();
        deployment.agents.at("h2").silent = true;
        assertThat(withdrawals.isSeenAt(web.id(), H2, second)).isFalse();
        assertThat(withdrawals.isSeenAt(web.id(), HostId.of("h9"), second)).isFalse();
    }

    private void movedByHand() {
        deployment.agents.at("h1").loses(web.id());
        deployment.agents.at("h2").isBrought(web.id());
    }

    private Relocation follow() {
        return deployment
                .compute
                .withdrawals()
                .follow(web.id(), web.generation(), H1, H2, deployment.leader(), Duration.ofSeconds(1));
    }

    private Relocation relocate() {
        return relocate(web.generation(), H1, H2);
    }

    private Relocation relocate(Generation expected, HostId from, HostId to) {
        return deployment
                .compute
                .withdrawals()
                .relocate(web.id(), expected, from, to, deployment.leader(), Duration.ofSeconds(1));
    }

    private Relocation keep(Generation expected) {
        return deployment.compute.withdrawals().keep(web.id(), expected, H1, deployment.leader());
    }
}
