package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.control.DeliveryView;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoalDeliveryTest {

    private CountingDataSource database;
    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        TestDatabase fresh = TestDatabase.fresh();
        database = new CountingDataSource(fresh.dataSource());
        deployment = new Deployment(shared, Store.open(database, StoredCompute.ENTITIES), fresh);
        deployment.addCatalog();
        deployment.serving("h1");
    }

    @AfterEach
    void close() {
        database.cutOff = false;
        deployment.close();
    }

    @Test
    void aGoalThatNobodyAnsweredIsToldAgainUntilItArrives() {
        deployment.agents.at("h1").silent = true;
        InstanceId id = deployment.create("web").id();
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").orders.size() >= 3);
        assertThat(deployment.instance(id).actual()).isEqualTo(ActualState.BUILDING);

        deployment.agents.at("h1").silent = false;

        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void aRefusedStartIsFailedWithTheReasonAndNotToldAgainUntilItsOwnerAsks() {
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        deployment.compute.start();
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.FAILED);
        assertThat(deployment.instance(id).fault()).isEqualTo("no such bridge");
        int told = deployment.agents.at("h1").orders.size();
        Instance other = createAfterTwoRounds();
        assertThat(deployment.agents.at("h1").orders.stream()
                        .filter(order -> order.instance().equals(id)))
                .hasSize(told);
        assertThat(other.fault()).isNotNull();

        deployment.agents.at("h1").refusesToStart = null;
        deployment.instances().start(id, Deployment.OWNER);

        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void aHomeThatOwesItsAnswerDoesNotHoldUpTheNextHome() {
        deployment.serving("h2");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        InstanceId id = running("web");
        HostId old = deployment.instance(id).home();
        String next = old.value().equals("h1") ? "h2" : "h1";
        deployment.agents.at(old.value()).meanwhile = () -> {
            asked.countDown();
            try {
                released.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
            }
        };
        deployment.compute.start();
        await().until(() -> deployment.agents.at(old.value()).watched() == 1);
        deployment.agents.at(old.value()).happens(id, ActualState.FAILED, "died");
        awaitActual(id, ActualState.FAILED);
        deployment.claims().deliver(id);
        await().until(() -> asked.getCount() == 0);

        FenceProof proof = deployment.fence(old.value());
        assertThat(deployment.evacuate(deployment.instance(id), next, proof)).isInstanceOf(Claim.Granted.class);
        deployment.claims().deliver(id);

        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of(next));
        assertThat(released.getCount()).as("the old home has not answered yet").isEqualTo(1);
        released.countDown();
    }

    @Test
    void aLateFailureDoesNotKeepAStartThatWasAskedForFromBeingTold() {
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        InstanceId id = deployment.create("web").id();
        awaitActual(id, ActualState.FAILED);
        deployment.agents.at("h1").refusesToStart = null;

        deployment.claims().deliver(id);

        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void roundsLeaveTheStartToRecoveryThatRecoveryHolds() {
        InstanceId id = placedByAnotherController();
        deployment.held.add(id);
        deployment.agents.at("h1").refusesToStart = "not today";
        deployment.compute.start();

        createAfterTwoRounds();

        assertThat(deployment.agents.at("h1").orders)
                .noneMatch(order -> order.instance().equals(id));
        deployment.agents.at("h1").refusesToStart = null;
        deployment.held.remove(id);
        awaitActual(id, ActualState.RUNNING);
    }

    /** By a controller that got no answer from its home and is gone. */
    private InstanceId placedByAnotherController() {
        try (Deployment other = deployment.beside()) {
            other.agents.at("h1").silent = true;
            return other.create("web").id();
        }
    }

    @Test
    void whatRecoveryHoldsIsStartedAsSoonAsItSaysSo() {
        InstanceId id = placedByAnotherController();
        deployment.held.add(id);

        deployment.claims().deliver(id);

        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void thatAGuestHasComeUpIsStoredAndEndsWithItsRunOrItsHome() {
        InstanceId id = running("web");
        deployment.compute.start();
        HostId home = deployment.instance(id).home();
        await().until(() -> deployment.agents.at(home.value()).watched() == 1);
        assertThat(deployment.instance(id).cameUp()).isFalse();
        deployment.agents.at(home.value()).comesUp(id);
        await().until(() -> deployment.instance(id).cameUp());
        assertThat(deployment.instance(id).actual()).isEqualTo(ActualState.RUNNING);

        deployment.agents.at(home.value()).happens(id, ActualState.FAILED, "killed");
        await().until(() -> !deployment.instance(id).cameUp());
        deployment.agents.at(home.value()).happens(id, ActualState.RUNNING, "");
        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).cameUp()).isFalse();

        deployment.agents.at(home.value()).comesUp(id);
        await().until(() -> deployment.instance(id).cameUp());
        deployment.fence(home.value());
        assertThat(deployment.instance(id).cameUp()).isFalse();
    }

    @Test
    void whatHappensOnTheHostArrivesInItsOrder() {
        InstanceId id = running("web");
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").watched() == 1);
        for (int i = 0; i < 30; i++) {
            deployment.agents.at("h1").happens(id, ActualState.FAILED, "died " + i);
            deployment.agents.at("h1").happens(id, ActualState.RUNNING, "");
        }
        deployment.agents.at("h1").happens(id, ActualState.FAILED, "died for good");

        await().until(() -> "died for good".equals(deployment.instance(id).fault()));
        assertThat(deployment.instance(id).goal()).isEqualTo(InstanceGoal.RUNNING);
    }

    @Test
    void aGuestThatShutItselfDownStaysDown() {
        InstanceId id = running("web");
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").watched() == 1);
        deployment.agents.at("h1").happens(id, ActualState.STOPPED, "shutdown");
        awaitActual(id, ActualState.STOPPED);
        assertThat(deployment.instance(id).goal()).isEqualTo(InstanceGoal.STOPPED);
    }

    @Test
    void aNewIncarnationIsWatchedAnewAndACondemnedHostNotAtAll() {
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").watched() == 1);
        InstanceId id = running("web");
        deployment.introduce("h1", "h1-boot-2");
        deployment.admit("h1");
        await().until(() -> deployment.agents.at("h1").watched() == 1);
        deployment.agents.at("h1").happens(id, ActualState.FAILED, "died");
        await().until(() -> "died".equals(deployment.instance(id).fault()));

        deployment.condemn("h1");

        await().until(() -> deployment.agents.at("h1").watched() == 0);
    }

    @Test
    void withoutLeadershipNobodyIsToldAndNobodyIsListenedTo() {
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").watched() == 1);

        deployment.leading.set(Optional.empty());

        await().until(() -> deployment.agents.at("h1").watched() == 0);
        InstanceId id = deployment.create("web").id();
        deployment.compute.delivery().wake();
        assertThat(deployment.agents.at("h1").orders).isEmpty();
        deployment.leading.set(Optional.of(LeaderEpoch.of(2)));
        awaitActual(id, ActualState.RUNNING);
    }

    @Test
    void whoStandsByKeepsALineToEveryAgent() {
        int adoptions = deployment.agents.at("h1").adoptions.size();
        deployment.leading.set(Optional.empty());
        deployment.compute.start();

        await().until(() -> deployment.agents.at("h1").prepared.get() > 0);
        assertThat(deployment.agents.at("h1").watched()).isZero();
        assertThat(deployment.agents.at("h1").adoptions).hasSize(adoptions);
    }

    @Test
    void whoStandsByWithoutTheDatabaseSaysSo() {
        deployment.leading.set(Optional.empty());
        database.cutOff = true;
        deployment.compute.start();

        await().until(() -> deployment.compute.delivery().trouble().contains("database"));
        database.cutOff = false;
        await().until(() -> deployment.compute.delivery().trouble().isEmpty());
    }

    @Test
    void aReportThatCouldNotBeStoredIsAskedForAgain() {
        InstanceId id = running("web");
        deployment.compute.start();
        await().until(() -> deployment.agents.at("h1").watched() == 1);
        database.cutOff = true;
        deployment.agents.at("h1").happens(id, ActualState.FAILED, "died in the dark");
        await().until(() -> deployment.compute.delivery().trouble().contains("database"));

        database.cutOff = false;

        // The goal counted as arrived, so no round would have looked at it.
        await().until(() -> "died in the dark".equals(deployment.instance(id).fault()));
        await().until(() -> deployment.compute.delivery().trouble().isEmpty());
    }

    @Test
    void aDefectInOneInstanceOrHostStopsNoOther() {
        deployment.agents.at("h2").breaksOnWatch = true;
        deployment.serving("h2");
        InstanceId bad = deployment.create("bad", "h2").id();
        deployment.agents.at("h2").meanwhile = () -> {
            throw new IllegalStateException("a defect");
        };
        deployment.agents.at("h1").silent = true;
        InstanceId good = deployment.create("good", "h1").id();
        deployment.compute.start();
        deployment.agents.at("h1").silent = false;

        awaitActual(good, ActualState.RUNNING);
        await().until(() -> deployment.agents.at("h1").watched() == 1);

        deployment.agents.at("h2").meanwhile = () -> {};
        deployment.agents.at("h2").breaksOnWatch = false;
        awaitActual(bad, ActualState.RUNNING);
        await().until(() -> deployment.agents.at("h2").watched() == 1);
    }

    @Test
    void aHomeThatKnowsANewerGenerationGetsItRaised() {
        InstanceId id = running("web");
        deployment.instances().stop(id, Deployment.OWNER);
        awaitActual(id, ActualState.STOPPED);
        // One more than the start that follows begins; the next is two further (see StoredDelivery#renew).
        deployment.agents.at("h1").knows(id, Generation.of(4));

        deployment.compute.start();
        deployment.instances().start(id, Deployment.OWNER);

        awaitActual(id, ActualState.RUNNING);
        assertThat(deployment.instance(id).generation()).isEqualTo(Generation.of(5));
        assertThat(deployment.instance(id).home()).isEqualTo(HostId.of("h1"));
        assertThat(deployment.instance(id).fault()).isNull();
        assertThat(deployment.agents.at("h1").guests()).isEqualTo(List.of(id));
    }

    @Test
    void theStopOfAWithdrawalThatTookNothingIsNotTheWishOfTheGuest() {
        InstanceId id = running("web");
        InstanceOrder refused = deployment.agents.at("h1").orders.getLast();
        assertThat(deployment.compute.view.renew(refused, deployment.leader())).isTrue();

        deployment.compute.view.ingest(
                List.of(new DeliveryView.Heard(
                        HostId.of("h1"),
                        new InstanceReport(id, Generation.of(3), ActualState.STOPPED, false, "", Instant.EPOCH))),
                deployment.leader());

        Instance now = deployment.instance(id);
        assertThat(now.actual()).isEqualTo(ActualState.STOPPED);
        assertThat(now.goal()).isEqualTo(InstanceGoal.RUNNING);
        assertThat(deployment.compute.view.renew(refused, deployment.leader()))
                .as("once is enough")
                .isFalse();
    }

    private Instance createAfterTwoRounds() {
        // Each instance that is refused was told by a round or before one; two more make sure that rounds went by.
        deployment.create("second");
        Instance third = deployment.create("third");
        awaitActual(third.id(), ActualState.FAILED);
        return deployment.instance(third.id());
    }

    private InstanceId running(String name) {
        InstanceId id = deployment.create(name).id();
        awaitActual(id, ActualState.RUNNING);
        return id;
    }

    private void awaitActual(InstanceId id, ActualState actual) {
        await().until(() -> deployment.instance(id).actual() == actual);
    }
}
