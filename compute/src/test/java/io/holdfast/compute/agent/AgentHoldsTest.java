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
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.Generation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    private void begin(String boot, HypervisorDriver driver, int startsLimit) throws Exception {
        journal = AgentJournal.open(state);
        agent = new Agent(
                H1,
                boot,
                driver,
                journal,
                AgentFixtures.with(
                        AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"), "startsLimit", startsLimit),
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

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aGuestThatStandsBesideItsMemoryForgetsItBeforeItGoesOn(long generation) throws Exception {
        apply(1, InstanceGoal.SUSPENDED);
        hypervisor.bringBackHalfway(instance(1), Generation.of(1));
        hypervisor.failHolds(new DriverException("no monitor"));
        assertThat(apply(generation, InstanceGoal.RUNNING)).isEqualTo(new AgentAnswer.Refused("no monitor"));
        assertThat(actual()).isEqualTo(ActualState.PAUSED);
        hypervisor.failHolds(null);
        assertThat(apply(generation, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guest()).isEqualTo(new Guest(instance(1), Generation.of(generation), true, false, false));
        assertThat(hypervisor.wentOn(instance(1))).isTrue();
        assertThat(hypervisor.remembers(instance(1), AgentFixtures.spec(instance(1))))
                .isFalse();
        // Its disk is newer now than that memory was: when it dies it boots.
        hypervisor.endGuest(instance(1), "failed");
        await().atMost(LIMIT).until(() -> hypervisor.guests().size() == 1 && actual() == ActualState.RUNNING);
        assertThat(hypervisor.wentOn(instance(1))).isFalse();
    }

    @Test
    void aMemoryBesideAGuestThatRunsIsOlderThanItAndIsForgottenWithIt() throws Exception {
        apply(1, InstanceGoal.SUSPENDED);
        hypervisor.plant(instance(1), Generation.of(1));
        assertThat(apply(2, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(hypervisor.wentOn(instance(1))).isFalse();
        assertThat(hypervisor.remembers(instance(1), AgentFixtures.spec(instance(1))))
                .isFalse();
    }

    @Test
    void whereNobodySeesWhetherAMemoryIsKeptNothingIsStarted() throws Exception {
        apply(1, InstanceGoal.SUSPENDED);
        hypervisor.failLooks(new DriverException("stale file handle"));
        assertThat(apply(1, InstanceGoal.RUNNING)).isEqualTo(new AgentAnswer.Refused("stale file handle"));
        assertThat(agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE))
                .isEqualTo(new AgentAnswer.Refused("stale file handle"));
        assertThat(hypervisor.guests()).isEmpty();
        assertThat(actual()).isEqualTo(ActualState.SUSPENDED);
        hypervisor.failLooks(null);
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(hypervisor.wentOn(instance(1))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"PAUSED", "SUSPENDED"})
    void whatCouldNotGoOnIsHeldForTheNextAgentAsWell(InstanceGoal goal) throws Exception {
        apply(1, goal);
        hypervisor.failHolds(new DriverException("no monitor"));
        assertThat(apply(1, InstanceGoal.RUNNING)).isEqualTo(new AgentAnswer.Refused("no monitor"));
        hypervisor.failHolds(null);
        die();
        begin("boot-1");
        assertThat(journal.memory().owned().get(instance(1)).goal()).isEqualTo(goal);
        ActualState held = goal == InstanceGoal.PAUSED ? ActualState.PAUSED : ActualState.SUSPENDED;
        await().atMost(LIMIT).until(() -> actual() != null);
        await().during(Duration.ofMillis(300)).atMost(LIMIT).until(() -> actual() == held);
        assertThat(apply(1, InstanceGoal.RUNNING)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void aRefusalThatCannotBeWrittenDownSaysSo() throws Exception {
        apply(1, InstanceGoal.PAUSED);
        die();
        AtomicInteger appends = new AtomicInteger();
        journal = AgentJournal.open(state, step -> {
            // The order to go on is written, what came of it is not.
            if (step.equals("append") && appends.incrementAndGet() == 2) {
                throw new IOException("no room");
            }
        });
        agent = new Agent(
                H1,
                "boot-1",
                hypervisor,
                journal,
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                Clock.systemUTC());
        agent.start();
        hypervisor.failHolds(new DriverException("no monitor"));
        assertThat(apply(1, InstanceGoal.RUNNING))
                .isInstanceOfSatisfying(
                        AgentAnswer.Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains("no monitor")
                                .contains("no room"));
        assertThat(actual()).isEqualTo(ActualState.PAUSED);
        assertThat(journal.memory().owned().get(instance(1)).goal()).isEqualTo(InstanceGoal.RUNNING);
    }

    @Test
    void twoMemoriesAreMovedAtATimeAndNoStartWaitsForThem() throws Exception {
        for (int i = 2; i <= 4; i++) {
            agent.apply(order(i, 1, InstanceGoal.RUNNING), DEADLINE);
        }
        die();
        Gatekeeper suspends = new Gatekeeper("suspend");
        begin("boot-1", suspends.before(hypervisor), 1);
        List<CompletableFuture<AgentAnswer>> answers = all(4, InstanceGoal.SUSPENDED);
        await().atMost(LIMIT).until(() -> suspends.inside() == 2);
        assertThat(agent.apply(order(5, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        suspends.open();
        for (CompletableFuture<AgentAnswer> answer : answers) {
            assertThat(answer.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        }
        assertThat(suspends.most()).isEqualTo(2);
        assertThat(hypervisor.guests()).hasSize(1);
        die();

        Gatekeeper starts = new Gatekeeper("start");
        begin("boot-1", starts.before(hypervisor), 1);
        answers = all(4, InstanceGoal.RUNNING);
        await().atMost(LIMIT).until(() -> starts.inside() == 2);
        CompletableFuture<AgentAnswer> start =
                CompletableFuture.supplyAsync(() -> agent.apply(order(6, 1, InstanceGoal.RUNNING), LIMIT));
        await().atMost(LIMIT).until(() -> starts.inside() == 3);
        starts.open();
        answers.add(start);
        for (CompletableFuture<AgentAnswer> answer : answers) {
            assertThat(answer.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        }
        assertThat(starts.most()).isEqualTo(3);
    }

    /** Orders the first instances to a goal, all at once. */
    private List<CompletableFuture<AgentAnswer>> all(int count, InstanceGoal goal) {
        List<CompletableFuture<AgentAnswer>> answers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            InstanceOrder order = order(i, 1, goal);
            answers.add(CompletableFuture.supplyAsync(
                    () -> agent.apply(order, LIMIT), Executors.newVirtualThreadPerTaskExecutor()));
        }
        return answers;
    }

    @Test
    void whatIsNotWantedAnyMoreWhenItsTurnComesIsNotSuspended() throws Exception {
        agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(3, 1, InstanceGoal.RUNNING), DEADLINE);
        die();
        Gatekeeper suspends = new Gatekeeper("suspend");
        begin("boot-1", suspends.before(hypervisor), 1);
        CompletableFuture<AgentAnswer> first =
                CompletableFuture.supplyAsync(() -> agent.apply(order(2, 1, InstanceGoal.SUSPENDED), LIMIT));
        CompletableFuture<AgentAnswer> second =
                CompletableFuture.supplyAsync(() -> agent.apply(order(3, 1, InstanceGoal.SUSPENDED), LIMIT));
        await().atMost(LIMIT).until(() -> suspends.inside() == 2);
        CompletableFuture<AgentAnswer> third = CompletableFuture.supplyAsync(() -> apply(1, InstanceGoal.SUSPENDED));
        await().atMost(LIMIT)
                .until(() -> journal.memory().owned().get(instance(1)).goal() == InstanceGoal.SUSPENDED);
        CompletableFuture<AgentAnswer> last = CompletableFuture.supplyAsync(() -> apply(1, InstanceGoal.RUNNING));
        await().atMost(LIMIT)
                .until(() -> journal.memory().owned().get(instance(1)).goal() == InstanceGoal.RUNNING);
        suspends.open();
        for (CompletableFuture<AgentAnswer> answer : List.of(first, second, third, last)) {
            assertThat(answer.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        }
        assertThat(actual()).isEqualTo(ActualState.RUNNING);
        assertThat(suspends.all()).isEqualTo(2);
    }

    @Test
    void whatIsSuspendedWhileItIsStillLookedAtToBePausedIsSuspended() throws Exception {
        die();
        Gatekeeper looks = new Gatekeeper("guests");
        looks.open();
        begin("boot-1", looks.after(hypervisor), 8);
        await().atMost(LIMIT).until(() -> actual() == ActualState.RUNNING);
        looks.shut();
        CompletableFuture<AgentAnswer> pause = CompletableFuture.supplyAsync(() -> apply(1, InstanceGoal.PAUSED));
        await().atMost(LIMIT)
                .until(() ->
                        journal.memory().owned().get(instance(1)).goal() == InstanceGoal.PAUSED && looks.inside() > 0);
        CompletableFuture<AgentAnswer> suspend = CompletableFuture.supplyAsync(() -> apply(1, InstanceGoal.SUSPENDED));
        await().atMost(LIMIT)
                .until(() -> journal.memory().owned().get(instance(1)).goal() == InstanceGoal.SUSPENDED);
        looks.open();
        assertThat(pause.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(suspend.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(actual()).isEqualTo(ActualState.SUSPENDED);
    }

    /** The look of an adoption arrives late; what happened since is newer. */
    @Test
    void aGuestThatShutItselfDownWhileItsHostWasAdoptedStaysDown() throws Exception {
        die();
        // An adoption looks twice: for strangers, and for what runs once they are gone.
        Gatekeeper looks = Gatekeeper.ofTheSecond("guests");
        looks.open();
        begin("boot-1", looks.after(hypervisor), 8);
        await().atMost(LIMIT).until(() -> actual() == ActualState.RUNNING);
        looks.shut();
        CompletableFuture<AgentAnswer> adopted = CompletableFuture.supplyAsync(() ->
                agent.adopt(adopt(0, 2, 1, order(1, 1, InstanceGoal.RUNNING)), LIMIT));
        await().atMost(LIMIT).until(() -> looks.inside() == 1);
        hypervisor.endGuest(instance(1), "shutdown");
        await().atMost(LIMIT).until(() -> actual() == ActualState.STOPPED);
        looks.open();
        assertThat(adopted.get(15, TimeUnit.SECONDS)).isInstanceOf(AgentAnswer.Accepted.class);
        await().during(Duration.ofMillis(2500))
                .atMost(LIMIT)
                .until(() ->
                        actual() == ActualState.STOPPED && hypervisor.guests().isEmpty());
    }

    @Test
    void whatItsHostKeepsOfAnInstanceThatLeftGoesWithTheNextListOfWhatItOwns() throws Exception {
        agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE);
        assertThat(agent.console(instance(1), 100)).isNotEmpty();
        hypervisor.failKeeping(new DriverException("read-only file system"));
        assertThat(agent.adopt(adopt(0, 2, 1, order(2, 1, InstanceGoal.RUNNING)), DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(agent.console(instance(1), 100)).isNotEmpty();
        hypervisor.failKeeping(null);
        assertThat(agent.adopt(adopt(0, 3, 1, order(2, 1, InstanceGoal.RUNNING)), DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(agent.console(instance(1), 100)).isEmpty();
        assertThat(agent.console(instance(2), 100)).isNotEmpty();
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
