package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Withdrawals.Answer;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.store.StaleLeaderException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredWithdrawalsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    private Deployment deployment;
    private Instance web;

    @BeforeEach
    void oneThatItsHomeCannotStart(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2");
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        InstanceId id = deployment.create("web", "h1").id();
        await().until(() -> deployment.instance(id).actual() == ActualState.FAILED);
        web = deployment.instance(id);
        assertThat(web.fault()).isEqualTo("no such bridge");
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void theHomeConfirmsFirstAndOnlyThenItIsTakenAway() {
        deployment.agents.at("h1").meanwhile =
                () -> assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);

        assertThat(withdraw()).isEqualTo(new Answer.Withdrawn(Generation.of(2)));

        InstanceOrder told = deployment.agents.at("h1").orders.getLast();
        assertThat(told.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(told.generation()).isEqualTo(Generation.of(2));
        Instance homeless = deployment.instance(web.id());
        assertThat(homeless.home()).isNull();
        assertThat(homeless.generation()).isEqualTo(Generation.of(2));
        assertThat(homeless.actual()).isEqualTo(ActualState.STOPPED);
        assertThat(homeless.task()).isEqualTo("withdrawn");
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void theSameWithdrawalAgainAnswersTheSameAndTellsNobody() {
        withdraw();
        int orders = deployment.agents.at("h1").orders.size();
        assertThat(withdraw()).isEqualTo(new Answer.Withdrawn(Generation.of(2)));
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
    }

    @Test
    void aSilentHomeHasConfirmedNothingAndIsAskedAgain() {
        deployment.agents.at("h1").silent = true;
        assertThat(withdraw()).isInstanceOf(Answer.NotConfirmed.class);
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(1));

        deployment.agents.at("h1").silent = false;
        assertThat(withdraw()).isInstanceOf(Answer.Withdrawn.class);
    }

    @Test
    void aWithdrawnInstanceIsClaimedOnceAndRunsThere() {
        withdraw();
        Generation withdrawn = Generation.of(2);

        Claim claim = claim(withdrawn);

        assertThat(claim).isEqualTo(new Claim.Granted(H2, Generation.of(3), HostEpoch.ZERO));
        assertThat(claim(withdrawn)).isEqualTo(claim);
        assertThat(deployment.outbox()).containsExactly("test.claimed");
        assertThat(deployment.host("h2").used()).isEqualTo(new Resources(1, 128, 1));
        assertThat(deployment.instance(web.id()).fault()).isNull();
        deployment.claims().deliver(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
        assertThat(deployment.agents.at("h2").runs(web.id())).isTrue();
    }

    @Test
    void whatWasNotWithdrawnCannotBeClaimed() {
        assertThat(claim(Generation.of(1))).isInstanceOf(Claim.Conflict.class);
        withdraw();
        assertThat(claim(Generation.of(1))).isInstanceOf(Claim.Conflict.class);
        deployment.hosts().disable(H2, Deployment.OWNER, "");
        assertThat(claim(Generation.of(2))).isInstanceOf(Claim.HostRefused.class);
        deployment.instances().delete(web.id(), Deployment.OWNER);
        assertThat(claim(Generation.of(2))).isInstanceOf(Claim.Conflict.class);
        assertThat(deployment.outbox()).isEmpty();
    }

    @Test
    void whatRunsIsNotWithdrawn() {
        deployment.agents.at("h1").refusesToStart = null;
        deployment.start(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
        assertThat(withdraw()).isEqualTo(new Answer.RunsThere());
        assertThat(deployment.agents.at("h1").runs(web.id())).isTrue();
    }

    @Test
    void anotherGenerationHomeOrDeletionIsAConflict() {
        assertThat(withdraw(Generation.of(7), H1)).isInstanceOf(Answer.Conflict.class);
        assertThat(withdraw(Generation.of(1), H2)).isInstanceOf(Answer.Conflict.class);
        deployment.condemn("h1");
        assertThat(withdraw())
                .isInstanceOfSatisfying(
                        Answer.Conflict.class,
                        conflict -> assertThat(conflict.reason()).contains("CONDEMNED"));
        deployment.instances().delete(web.id(), Deployment.OWNER);
        assertThat(withdraw()).isInstanceOf(Answer.Conflict.class);
    }

    @Test
    void aHomeCondemnedWhileItIsAskedKeepsTheInstanceForItsOwnCase() {
        deployment.agents.at("h1").meanwhile = () -> deployment.condemn("h1");
        assertThat(withdraw()).isInstanceOf(Answer.Conflict.class);
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H1);
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(1));
    }

    @Test
    void deletedWhileItsHomeIsAskedItIsStillRemovedThere() {
        deployment.agents.at("h1").meanwhile = () -> {
            deployment.agents.at("h1").meanwhile = () -> {};
            deployment.instances().delete(web.id(), Deployment.OWNER);
        };
        assertThat(withdraw()).isInstanceOf(Answer.Conflict.class);

        // The agent knows generation 2 by now and refuses the deletion of generation 1, until it is raised.
        deployment.compute.start();
        await().until(() -> deployment.instances().find(web.id()).isEmpty());
        assertThat(deployment.host("h1").used()).isEqualTo(Resources.NOTHING);
    }

    @Test
    void aReplacedLeaderWithdrawsNothingAndTellsNobody() {
        LeaderEpoch old = deployment.leader();
        deployment.leading.set(java.util.Optional.of(LeaderEpoch.of(2)));
        deployment.introduce("h1", "h1-boot-1");
        int orders = deployment.agents.at("h1").orders.size();
        assertThatThrownBy(() -> deployment
                        .compute
                        .withdrawals()
                        .withdraw(web.id(), web.generation(), H1, old, Duration.ofSeconds(1)))
                .isInstanceOf(StaleLeaderException.class);
        assertThat(deployment.agents.at("h1").orders).hasSize(orders);
    }

    @Test
    void aForgottenOneIsPlacedAgainAfterItsTimeAndNotBefore() {
        withdraw();
        deployment.compute.placeNow();
        assertThat(deployment.instance(web.id()).home()).isNull();

        // What its owner writes meanwhile does not put it off.
        later(Duration.ofSeconds(100));
        deployment.instances().rename(web.id(), "web-2");
        later(Duration.ofSeconds(121));
        deployment.agents.at("h1").refusesToStart = null;
        deployment.compute.placeNow();

        assertThat(deployment.instance(web.id()).home()).isNotNull();
        assertThat(deployment.instance(web.id()).generation()).isEqualTo(Generation.of(3));
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
        assertThat(claim(Generation.of(2))).as("its case comes too late").isInstanceOf(Claim.Conflict.class);
        assertThat(deployment.outbox()).isEmpty();
    }

    @Test
    void ifNoHostHasRoomAHumanIsToldOnceByNameAndItIsPlacedAllTheSameWhenThereIs() {
        withdraw();
        deployment.hosts().disable(H1, Deployment.OWNER, "");
        deployment.hosts().disable(H2, Deployment.OWNER, "");
        later(Duration.ofSeconds(299));
        deployment.compute.placeNow();
        assertThat(deployment.outbox()).isEmpty();

        later(Duration.ofSeconds(301));
        deployment.compute.placeNow();
        deployment.compute.placeNow();

        assertThat(deployment.outbox()).containsExactly("instance.needs-operator");
        Instance waiting = deployment.instance(web.id());
        assertThat(waiting.fault())
                .startsWith("It was withdrawn from its home at ")
                .contains("h1: does not take claims; h2: does not take claims");
        assertThat(waiting.task()).as("a case may still claim it").isEqualTo("withdrawn");

        deployment.hosts().enable(H2, Deployment.OWNER);
        deployment.compute.placeNow();
        assertThat(deployment.instance(web.id()).home()).isEqualTo(H2);
        assertThat(deployment.instance(web.id()).fault()).isNull();
    }

    @Test
    void itsOwnerStopsStartsAndDeletesAWithdrawnOne() {
        withdraw();
        assertThatThrownBy(() -> deployment.instances().start(web.id(), Deployment.OWNER))
                .as("it is about to be started anyway")
                .hasMessageContaining("task_state withdrawn");

        deployment.instances().stop(web.id(), Deployment.OWNER);
        assertThat(deployment.instance(web.id()).task()).isNull();
        assertThat(claim(Generation.of(2)))
                .as("on its way when its owner stopped it: it has a home, and stays stopped")
                .isInstanceOf(Claim.Granted.class);
        assertThat(deployment.instance(web.id()).goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(deployment.instance(web.id()).task()).isNull();

        deployment.start(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
    }

    @Test
    void stoppedWhileItsHomeWasAskedItIsStartedByItsOwnerOrLeftInPeace() {
        deployment.agents.at("h1").meanwhile = this::stoppedAndNotDelivered;
        assertThat(withdraw()).isInstanceOf(Answer.Withdrawn.class);
        assertThat(deployment.instance(web.id()).task()).isEqualTo("withdrawn");

        later(Duration.ofSeconds(400));
        deployment.compute.placeNow();
        assertThat(deployment.instance(web.id()).task()).isNull();
        assertThat(deployment.instance(web.id()).home()).isNull();
        assertThat(deployment.outbox()).as("nobody misses it").isEmpty();

        deployment.agents.at("h1").refusesToStart = null;
        deployment.start(web.id());
        assertThat(deployment.instance(web.id()).home()).isNotNull();
        deployment.instances().delete(web.id(), Deployment.OWNER);
    }

    @Test
    void oneThatIsStoppedAndStillWithdrawnIsStartedAtOnce() {
        deployment.agents.at("h1").meanwhile = this::stoppedAndNotDelivered;
        assertThat(withdraw()).isInstanceOf(Answer.Withdrawn.class);
        deployment.agents.at("h1").refusesToStart = null;
        deployment.start(web.id());
        await().until(() -> deployment.instance(web.id()).actual() == ActualState.RUNNING);
    }

    /** Its owner's stop is stored, and the controller died before its home was told. */
    private void stoppedAndNotDelivered() {
        deployment.store.inTransactionDo(session -> {
            InstanceRow row = session.find(InstanceRow.class, web.id().value());
            row.goal = InstanceGoal.STOPPED;
            row.task = "powering-off";
        });
    }

    private void later(Duration sinceNow) {
        deployment.ahead.set(sinceNow);
    }

    private Answer withdraw() {
        return withdraw(web.generation(), H1);
    }

    private Answer withdraw(Generation expected, HostId from) {
        return deployment
                .compute
                .withdrawals()
                .withdraw(web.id(), expected, from, deployment.leader(), Duration.ofSeconds(1));
    }

    private Claim claim(Generation expected) {
        return deployment
                .compute
                .withdrawals()
                .claim(web.id(), expected, H2, deployment.leader(), List.of(Deployment.fact("claimed")));
    }
}
