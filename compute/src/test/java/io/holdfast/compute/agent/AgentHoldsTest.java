package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.H1;
import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.inBoot;
import static io.holdfast.compute.agent.AgentFixtures.instance;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.Generation;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances that are halted, whose memory is kept, and that go on. */
class AgentHoldsTest {

    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(15);

    @TempDir
    Path state;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(5));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private AgentJournal journal;
    private Agent agent;

    @BeforeEach
    void begin() throws Exception {
        begin("boot-1");
        assertThat(agent.adopt(adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
    }

    private void begin(String boot) throws Exception {
        journal = AgentJournal.open(state);
        agent = new Agent(
                H1,
                boot,
                hypervisor,
                journal,
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                Clock.systemUTC());
        agent.start();
    }

    @AfterEach
    void end() throws Exception {
        die();
        storage.close();
        assertThat(storage.splitBrains()).isEmpty();
    }

    private void die() throws Exception {
        agent.close();
        journal.close();
        hypervisor.close();
    }

    private AgentAnswer apply(long generation, InstanceGoal goal) {
        return agent.apply(order(1, generation, goal), DEADLINE);
    }

    private @Nullable ActualState actual() {
        return agent.reports().stream()
                .filter(report -> report.instance().equals(instance(1)))
                .map(InstanceReport::actual)
                .findFirst()
                .orElse(null);
    }

    private Guest guest() throws DriverException {
        return hypervisor.guests().getFirst();
    }

    @Test
    void aGuestIsHaltedAndGoesOnAsTheSameGuest() throws Exception {
        assertThat(apply(1, InstanceGoal.PAUSED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.PAUSED);
        assertThat(guest().paused()).isTrue();
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.RUNNING);
        assertThat(guest()).isEqualTo(new Guest(instance(1), Generation.of(1), true, false, false));
    }

    @Test
    void aSuspendedGuestGoesOnWithItsMemoryAlsoAtANewerGeneration() throws Exception {
        assertThat(apply(1, InstanceGoal.SUSPENDED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.SUSPENDED);
        assertThat(hypervisor.guests()).isEmpty();
        // The same order comes twice.
        assertThat(apply(1, InstanceGoal.SUSPENDED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.SUSPENDED);

        assertThat(apply(2, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.RUNNING);
        assertThat(hypervisor.wentOn(instance(1))).isTrue();
    }

    @Test
    void whatCannotBeHaltedGoesOnAndItsOrderIsRefusedOnce() throws Exception {
        hypervisor.failHolds(new DriverException("no monitor"));
        for (InstanceGoal goal : new InstanceGoal[] {InstanceGoal.PAUSED, InstanceGoal.SUSPENDED}) {
            assertThat(apply(1, goal)).isEqualTo(new AgentAnswer.Refused("no monitor"));
            assertThat(actual()).isEqualTo(ActualState.RUNNING);
        }
        hypervisor.failHolds(null);
        // Its audits come every 100 ms, and halt nothing that is not ordered again.
        await().during(Duration.ofMillis(400)).atMost(LIMIT).until(() -> !guest().paused());
        assertThat(hypervisor.guests()).hasSize(1);
    }

    @Test
    void whatCannotGoOnStaysHeldAndLosesNothing() throws Exception {
        apply(1, InstanceGoal.PAUSED);
        hypervisor.failHolds(new DriverException("no monitor"));
        assertThat(apply(1, InstanceGoal.RUNNING)).isEqualTo(new AgentAnswer.Refused("no monitor"));
        assertThat(actual()).isEqualTo(ActualState.PAUSED);
        hypervisor.failHolds(null);
        apply(1, InstanceGoal.SUSPENDED);
        hypervisor.failHolds(new DriverException("no room for its memory"));
        assertThat(apply(1, InstanceGoal.RUNNING)).isEqualTo(new AgentAnswer.Refused("no room for its memory"));
        assertThat(actual()).isEqualTo(ActualState.SUSPENDED);
        // The word that the guest has ended, because it was suspended, may come late.
        hypervisor.tellEndLate(instance(1), "saved");
        await().during(Duration.ofMillis(300)).atMost(LIMIT).until(() -> actual() == ActualState.SUSPENDED);
        hypervisor.failHolds(null);
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(hypervisor.wentOn(instance(1))).isTrue();
    }

    @Test
    void whereNobodyKnowsWhetherItWasHaltedThereIsNoAnswer() {
        hypervisor.failHolds(DriverException.unconfirmed("libvirt hangs", new IllegalStateException()));
        assertThat(apply(1, InstanceGoal.PAUSED)).isEqualTo(new AgentAnswer.NoAnswer("libvirt hangs"));
        hypervisor.loseDaemon("it is away");
        assertThat(apply(1, InstanceGoal.SUSPENDED)).isInstanceOf(AgentAnswer.Refused.class);
        hypervisor.restoreDaemon();
    }

    @Test
    void aHaltedGuestThatEndsIsStoppedAndNotStartedAgain() throws Exception {
        apply(1, InstanceGoal.PAUSED);
        hypervisor.endGuest(instance(1), "failed");
        await().atMost(LIMIT).until(() -> actual() == ActualState.STOPPED);
        await().during(Duration.ofMillis(400))
                .atMost(LIMIT)
                .until(() -> hypervisor.guests().isEmpty());
    }

    @Test
    void theNextAgentFindsWhatIsHeldAndLeavesItSo() throws Exception {
        apply(1, InstanceGoal.PAUSED);
        die();
        begin("boot-1");
        await().atMost(LIMIT).until(() -> actual() == ActualState.PAUSED);
        assertThat(guest().paused()).isTrue();
        // It died between writing down that it shall run and letting it go on: what it says is what is.
        die();
        journal = AgentJournal.open(state);
        journal.told(
                journal.memory(),
                instance(1),
                new AgentMemory.Wanted(Generation.of(1), InstanceGoal.RUNNING, AgentFixtures.spec(instance(1))));
        journal.close();
        begin("boot-1");
        await().atMost(LIMIT).until(() -> actual() == ActualState.PAUSED);
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guest().paused()).isFalse();
        assertThat(actual()).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void afterALossOfPowerWhatWasPausedIsOverAndWhatWasSuspendedIsNot() throws Exception {
        agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(2, 1, InstanceGoal.SUSPENDED), DEADLINE);
        apply(1, InstanceGoal.PAUSED);
        hypervisor.losePower();
        die();
        hypervisor.restorePower();
        begin("boot-2");
        assertThat(agent.adopt(
                        inBoot(
                                "boot-2",
                                0,
                                2,
                                1,
                                order(1, 1, InstanceGoal.PAUSED),
                                order(2, 1, InstanceGoal.SUSPENDED)),
                        DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        await().atMost(LIMIT).until(() -> actual() == ActualState.STOPPED);
        await().atMost(LIMIT)
                .until(() -> agent.reports().stream()
                        .anyMatch(report ->
                                report.instance().equals(instance(2)) && report.actual() == ActualState.SUSPENDED));
        assertThat(hypervisor.guests()).isEmpty();
    }

    @Test
    void aGuestOfAnOlderGenerationIsNotTakenForTheOneThatIsHeld() throws Exception {
        assertThat(apply(2, InstanceGoal.PAUSED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.STOPPED);
        assertThat(hypervisor.guests()).isEmpty();
    }

    @Test
    void aHeldGuestEndsWhenThatIsOrdered() throws Exception {
        apply(1, InstanceGoal.PAUSED);
        assertThat(apply(1, InstanceGoal.STOPPED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(hypervisor.guests()).isEmpty();
        apply(2, InstanceGoal.RUNNING);
        apply(2, InstanceGoal.SUSPENDED);
        assertThat(apply(2, InstanceGoal.DELETED)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(storage.hasDisk(instance(1))).isFalse();
        assertThat(hypervisor.remembers(instance(1), AgentFixtures.spec(instance(1))))
                .isFalse();
    }
}
