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
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @TempDir
    Path state;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(20));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private final AtomicBoolean diskFull = new AtomicBoolean();

    private AgentJournal journal;
    private Agent agent;

    @BeforeEach
    void start() throws IOException {
        begin("boot-1");
    }

    @AfterEach
    void end() throws IOException {
        die();
        storage.close();
        assertThat(storage.splitBrains()).isEmpty();
    }

    private void begin(String bootId) throws IOException {
        begin(bootId, hypervisor);
    }

    private void begin(String bootId, HypervisorDriver driver) throws IOException {
        journal = AgentJournal.open(state, step -> {
            if (diskFull.get() && (step.equals("append") || step.equals("snapshot"))) {
                throw new IOException("No space left on device");
            }
        });
        agent = new Agent(
                H1,
                bootId,
                driver,
                journal,
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                Clock.systemUTC());
        agent.start();
    }

    private void die() throws IOException {
        agent.close();
        journal.close();
        hypervisor.close();
    }

    private List<Guest> guests() throws DriverException {
        return hypervisor.guests();
    }

    private ActualState actual(int instance) {
        return agent.reports().stream()
                .filter(report -> report.instance().equals(instance(instance)))
                .map(InstanceReport::actual)
                .findFirst()
                .orElse(null);
    }

    private String detail(int instance) {
        return agent.reports().stream()
                .filter(report -> report.instance().equals(instance(instance)))
                .map(InstanceReport::detail)
                .findFirst()
                .orElse("");
    }

    private static void assertAccepted(AgentAnswer answer) {
        assertThat(answer).isInstanceOf(AgentAnswer.Accepted.class);
    }

    @Test
    void startsNothingBeforeItWasAdopted() throws Exception {
        AgentAnswer answer = agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        assertThat(answer).isInstanceOf(AgentAnswer.Refused.class);
        assertThat(guests()).isEmpty();
    }

    @Test
    void startsStopsAndDeletesAsOrdered() throws Exception {
        assertAccepted(agent.adopt(adopt(), DEADLINE));
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        assertThat(guests()).containsExactly(new Guest(instance(1), Generation.of(1), true, false));
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);

        assertAccepted(agent.apply(order(1, 1, InstanceGoal.STOPPED), DEADLINE));
        assertThat(guests()).isEmpty();
        assertThat(actual(1)).isEqualTo(ActualState.STOPPED);

        assertAccepted(agent.apply(order(1, 1, InstanceGoal.DELETED), DEADLINE));
        assertThat(storage.hasDisk(instance(1))).isFalse();
        assertThat(actual(1)).isEqualTo(ActualState.DELETED);
    }

    @Test
    void aRebootAsksTheGuestOnlyWhereTheOrderSaysSo() throws Exception {
        List<String> ends = ends();
        agent.adopt(adopt(), DEADLINE);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        assertAccepted(agent.apply(order(1, 2, InstanceGoal.RUNNING), DEADLINE));
        assertAccepted(agent.apply(gently(1, 3), DEADLINE));
        await().until(() -> ends.size() == 2);
        assertThat(ends).containsExactly("destroyed", "shutdown");
        assertThat(guests()).containsExactly(new Guest(instance(1), Generation.of(3), true, false));
        await().untilAsserted(() -> assertThat(actual(1)).isEqualTo(ActualState.RUNNING));
    }

    /** How guests end from now on. */
    private List<String> ends() {
        List<String> ends = new CopyOnWriteArrayList<>();
        hypervisor.onChange(change -> {
            if (change instanceof HypervisorDriver.GuestChange.Ended ended) {
                ends.add(ended.cause());
            }
        });
        return ends;
    }

    private static InstanceOrder gently(int instance, int generation) {
        InstanceOrder hard = order(instance, generation, InstanceGoal.RUNNING);
        return new InstanceOrder(
                hard.host(),
                hard.hostEpoch(),
                hard.leader(),
                hard.instance(),
                hard.generation(),
                hard.goal(),
                hard.spec(),
                true);
    }

    /** The thread at work for the instance looks, and meets a guest that the order after its look no longer wants. */
    @Test
    void anOrderThatComesWhileAnEarlierOneIsLookedAfterIsNotTakenForDone() throws Exception {
        die();
        SlowLook slow = new SlowLook(hypervisor);
        begin("boot-1", slow);
        agent.adopt(adopt(), DEADLINE);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        List<String> ends = ends();
        slow.holdNextLook();
        hypervisor.beat(instance(1));
        slow.looking.get(10, TimeUnit.SECONDS);
        CompletableFuture<AgentAnswer> soft = CompletableFuture.supplyAsync(() -> agent.apply(gently(1, 2), DEADLINE));
        await().until(() -> newestGoal(1).generation().equals(Generation.of(2)));
        slow.released.countDown();
        assertAccepted(soft.get(10, TimeUnit.SECONDS));
        assertThat(guests()).containsExactly(new Guest(instance(1), Generation.of(2), true, false));
        await().until(() -> !ends.isEmpty());
        assertThat(ends).containsExactly("shutdown");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOrderThatComesWhileAnEarlierOneIsStartedIsCarriedOutToo(boolean failing) throws Exception {
        die();
        Gatekeeper starts = new Gatekeeper("start");
        begin("boot-1", starts.before(hypervisor));
        agent.adopt(adopt(), DEADLINE);
        CompletableFuture<AgentAnswer> first =
                CompletableFuture.supplyAsync(() -> agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        await().until(() -> starts.inside() == 1);
        CompletableFuture<AgentAnswer> second =
                CompletableFuture.supplyAsync(() -> agent.apply(order(1, 2, InstanceGoal.RUNNING), DEADLINE));
        await().until(() -> newestGoal(1).generation().equals(Generation.of(2)));
        if (failing) {
            hypervisor.failStarts(new DriverException("no memory left"));
        }
        starts.open();
        Class<?> expected = failing ? AgentAnswer.Refused.class : AgentAnswer.Accepted.class;
        assertThat(first.get(10, TimeUnit.SECONDS)).isInstanceOf(expected);
        assertThat(second.get(10, TimeUnit.SECONDS)).isInstanceOf(expected);
        assertThat(starts.all()).isEqualTo(2);
        assertThat(actual(1)).isEqualTo(failing ? ActualState.FAILED : ActualState.RUNNING);
        assertThat(guests())
                .hasSize(failing ? 0 : 1)
                .allMatch(guest -> guest.generation().equals(Generation.of(2)));
    }

    private Wanted newestGoal(int instance) {
        return journal.memory().owned().get(instance(instance));
    }

    /** As when libvirt's connection breaks while many are started: nothing was begun for this one. */
    @Test
    void aLookThatGotNoAnswerIsNoStartThatFailed() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.failLooks(DriverException.underWay("client socket is closed"));
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(actual(1)).isEqualTo(ActualState.UNKNOWN);
        hypervisor.failLooks(null);
        await().until(() -> actual(1) == ActualState.RUNNING);
        assertThat(guests()).containsExactly(new Guest(instance(1), Generation.of(1), true, false));
    }

    @Test
    void theSameOrderTwiceChangesNothing() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            assertThat(heard).hasSize(1);
            assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
            assertAccepted(agent.adopt(adopt(0, 1, 1, order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
            assertThat(heard).hasSize(1);
        }
    }

    @Test
    void adoptDestroysStrangersBeforeItStartsAnything() throws Exception {
        hypervisor.plant(instance(8), Generation.of(3));
        hypervisor.plant(instance(1), Generation.of(6));
        hypervisor.plant(instance(2), Generation.of(4));
        hypervisor.setLatency(Duration.ZERO, Duration.ofMillis(200));
        List<String> story = new CopyOnWriteArrayList<>();
        hypervisor.onChange(change -> story.add(change.toString()));

        AgentAnswer answer = agent.adopt(
                adopt(
                        order(1, 7, InstanceGoal.RUNNING),
                        order(2, 4, InstanceGoal.RUNNING),
                        order(3, 1, InstanceGoal.RUNNING)),
                DEADLINE);

        assertThat(((AgentAnswer.Accepted) answer).destroyed()).containsExactlyInAnyOrder(instance(8), instance(1));
        await().until(() -> guests().size() == 3);
        assertThat(guests())
                .containsExactlyInAnyOrder(
                        new Guest(instance(1), Generation.of(7), true, false),
                        new Guest(instance(2), Generation.of(4), true, false),
                        new Guest(instance(3), Generation.of(1), true, false));
        assertThat(story.subList(0, 2)).allMatch(line -> line.startsWith("Ended"));
        assertThat(story.subList(2, 4)).allMatch(line -> line.startsWith("Started"));
    }

    @Test
    void startsNothingWhenAStrangerCannotBeDestroyed() throws Exception {
        hypervisor.plant(instance(8), Generation.of(3));
        hypervisor.loseDaemon("libvirtd is gone");
        AgentAnswer answer = agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE);
        assertThat(answer).isInstanceOf(AgentAnswer.Refused.class);
        hypervisor.restoreDaemon();
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Refused.class);
        assertAccepted(agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
        await().until(() -> guests().equals(List.of(new Guest(instance(1), Generation.of(1), true, false))));
    }

    @Test
    void aRestartedAgentLetsGuestsRunAndStartsNothingByItself() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE);
        die();
        hypervisor.endGuest(instance(2), "failed");
        begin("boot-1");

        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
        await().until(() -> actual(2) == ActualState.FAILED);
        assertThat(guests()).hasSize(1);

        assertAccepted(agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE));
        assertThat(guests()).hasSize(2);
        assertThat(agent.apply(order(1, 0, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Stale.class);
    }

    @Test
    void afterABootNothingStartsUntilTheHostIsAdopted() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        die();
        hypervisor.losePower();
        hypervisor.restorePower();
        begin("boot-2");
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Refused.class);
        assertThat(guests()).isEmpty();
        assertThat(agent.adopt(adopt(0, 1, 1, order(1, 1, InstanceGoal.RUNNING)), DEADLINE))
                .as("a list for the boot before, which was held up")
                .isInstanceOf(AgentAnswer.Stale.class);
        assertThat(guests()).isEmpty();
        assertThat(agent.adopt(inBoot("boot-2", 1, 2, 1), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).isEmpty();
    }

    @Test
    void anAdoptionCutShortByDeathIsNotTakenForDone() throws Exception {
        hypervisor.plant(instance(8), Generation.of(3));
        hypervisor.loseDaemon("libvirtd is gone");
        agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE);
        die();
        hypervisor.restoreDaemon();
        begin("boot-1");
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Refused.class);
        assertThat(guests()).containsExactly(new Guest(instance(8), Generation.of(3), true, false));
    }

    @Test
    void restartsAGuestThatWasKilledByHand() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            hypervisor.endGuest(instance(1), "failed");
            await().until(() -> heard.size() >= 4);
            assertThat(heard.stream().map(InstanceReport::actual))
                    .containsExactly(
                            ActualState.RUNNING, ActualState.FAILED, ActualState.BUILDING, ActualState.RUNNING);
        }
    }

    @Test
    void leavesAGuestDeadThatDiesAgainAndAgain() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            for (int i = 1; i <= 4; i++) {
                int times = i;
                await().until(() -> times
                        == heard.stream()
                                .filter(report -> report.actual() == ActualState.RUNNING)
                                .count());
                hypervisor.endGuest(instance(1), "crashed");
            }
        }
        await().until(() -> detail(1).contains("ended 4 times"));
        assertThat(actual(1)).isEqualTo(ActualState.FAILED);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void doesNotRestartAGuestThatShutItselfDown() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        hypervisor.endGuest(instance(1), "shutdown");
        await().until(() -> actual(1) == ActualState.STOPPED);
        assertAccepted(agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
        assertThat(actual(1)).isEqualTo(ActualState.STOPPED);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
    }

    /** Its answer still shows the guest; the word of its end is here before the answer is looked at. */
    @Test
    void anEndThatIsToldWhileItsGuestIsLookedAtIsHeard() throws Exception {
        die();
        SlowLook slow = new SlowLook(hypervisor);
        begin("boot-1", slow);
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        slow.holdNextLook();
        hypervisor.beat(instance(1));
        slow.looking.get(10, TimeUnit.SECONDS);
        hypervisor.endGuest(instance(1), "shutdown");
        // What was told is handled in its order: this one is ordered, started and reported after it.
        assertAccepted(agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE));
        slow.released.countDown();
        await().until(() -> actual(1) == ActualState.STOPPED);
        assertThat(detail(1)).contains("shut itself down");
    }

    /** As libvirt tells a panic: a look that the first word led to is answered when the guest has ended. */
    @Test
    void anEndThatIsToldTwiceIsHeardThoughTheFirstWordIsLookedAfterMeanwhile() throws Exception {
        die();
        SlowLook slow = new SlowLook(hypervisor);
        begin("boot-1", slow);
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            slow.holdNextLook();
            hypervisor.tellEndLate(instance(1), "crashed");
            slow.looking.get(10, TimeUnit.SECONDS);
            hypervisor.endGuest(instance(1), "crashed");
            assertAccepted(agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE));
            slow.released.countDown();
            await().until(() -> heard.stream().anyMatch(report -> report.actual() == ActualState.FAILED));
            assertThat(heard)
                    .filteredOn(report -> report.actual() == ActualState.FAILED)
                    .extracting(InstanceReport::detail)
                    .containsExactly("its guest ended: crashed");
        }
    }

    @Test
    void doesNotTryAgainByItselfWhatItRefusedToStart() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.failStarts(new DriverException("the image is missing"));
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE))
                .isEqualTo(new AgentAnswer.Refused("the image is missing"));
        assertThat(actual(1)).isEqualTo(ActualState.FAILED);
        hypervisor.failStarts(null);
        // Two audits pass; neither may start it.
        await().pollDelay(Duration.ofMillis(2_200)).until(() -> true);
        assertThat(guests()).isEmpty();
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
    }

    @Test
    void aStartWhoseOutcomeIsUnknownIsNoRefusal() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.failStarts(DriverException.unconfirmed("libvirt did not answer", new IOException("time-out")));
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(actual(1)).isEqualTo(ActualState.UNKNOWN);
        hypervisor.plant(instance(1), Generation.of(1));
        await().until(() -> actual(1) == ActualState.RUNNING);
    }

    @Test
    void triesAgainWhatItIsToStartBecauseItsHostIsBack() throws Exception {
        hypervisor.failStarts(new DriverException("libvirt holds all calls"));
        assertAccepted(agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
        await().until(() -> actual(1) == ActualState.FAILED);
        hypervisor.failStarts(null);
        await().until(() -> actual(1) == ActualState.RUNNING);
        assertThat(guests()).hasSize(1);
    }

    @Test
    void triesAgainWhenAStartThatNobodyOrderedWasNotConfirmedAndNothingRuns() throws Exception {
        hypervisor.failStarts(DriverException.unconfirmed("libvirt did not answer", new IOException("time-out")));
        assertAccepted(agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
        await().until(() -> actual(1) == ActualState.UNKNOWN);
        hypervisor.failStarts(null);
        await().until(() -> actual(1) == ActualState.RUNNING);
        assertThat(guests()).hasSize(1);
    }

    @Test
    void leavesWhatCannotBeStartedAfterAFewTriesAndAnOrderTriesOnce() throws Exception {
        hypervisor.failStarts(new DriverException("the image is missing"));
        assertAccepted(agent.adopt(adopt(order(1, 1, InstanceGoal.RUNNING)), DEADLINE));
        await().until(() -> detail(1).contains("could not be started 4 times, the last time: the image is missing"));
        assertThat(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE))
                .isEqualTo(new AgentAnswer.Refused("the image is missing"));
        hypervisor.failStarts(null);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void aGuestThatAppearsLateAndIsNotOwnedIsDestroyed() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.plant(instance(5), Generation.of(2));
        await().until(() -> guests().isEmpty());
    }

    @Test
    void refusesWhatItCannotWriteDown() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        diskFull.set(true);
        AgentAnswer answer = agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        assertThat(answer).isInstanceOf(AgentAnswer.Refused.class);
        assertThat(((AgentAnswer.Refused) answer).reason())
                .contains("No space left")
                .contains(state.toString());
        assertThat(agent.adopt(adopt(1, 2, 2, order(1, 2, InstanceGoal.RUNNING, 1, 2)), DEADLINE))
                .isInstanceOf(AgentAnswer.Refused.class);
        assertThat(guests()).isEmpty();
        diskFull.set(false);
        assertAccepted(agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE));
    }

    @Test
    void saysThatTheHypervisorIsLostAndFindsTheGuestsWhenItIsBack() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        hypervisor.loseDaemon("libvirtd is gone");
        await().until(() -> agent.trouble().equals("libvirtd is gone"));
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
        assertThat(agent.apply(order(2, 1, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Refused.class);
        hypervisor.restoreDaemon();
        await().until(() -> agent.trouble().isEmpty());
        assertThat(actual(1)).isEqualTo(ActualState.RUNNING);
    }

    @Test
    void answersAtTheDeadlineAndGoesOn() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.setLatency(Duration.ofMillis(500), Duration.ZERO);
        AgentAnswer answer = agent.apply(order(1, 1, InstanceGoal.RUNNING), Duration.ofMillis(100));
        assertThat(((AgentAnswer.Accepted) answer).reports())
                .extracting(InstanceReport::actual)
                .containsExactly(ActualState.BUILDING);
        await().until(() -> actual(1) == ActualState.RUNNING);
    }

    @Test
    void aStartUnderWayIsDestroyedWhenTheInstanceIsTakenAway() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        hypervisor.setLatency(Duration.ofMillis(500), Duration.ZERO);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), Duration.ofMillis(50));
        assertAccepted(agent.adopt(adopt(1, 2, 1), DEADLINE));
        assertThat(guests()).isEmpty();
        await().pollDelay(Duration.ofMillis(700)).until(() -> guests().isEmpty());
    }

    @Test
    void refusesAnOrderForAnotherHost() {
        var order = order(1, 1, InstanceGoal.RUNNING);
        var other = new io.holdfast.compute.InstanceOrder(
                io.holdfast.model.HostId.of("h2"),
                order.hostEpoch(),
                order.leader(),
                order.instance(),
                order.generation(),
                order.goal(),
                order.spec());
        assertThat(agent.apply(other, DEADLINE)).isInstanceOf(AgentAnswer.Refused.class);
    }

    private boolean cameUp(int instance) {
        return agent.reports().stream()
                .anyMatch(report -> report.instance().equals(instance(instance)) && report.cameUp());
    }

    @Test
    void tellsThatAGuestHasComeUpOnceItHasSaidSoItself() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            assertThat(cameUp(1)).isFalse();
            hypervisor.beat(instance(1));
            await().until(() -> cameUp(1));
            hypervisor.beat(instance(1));
            hypervisor.beat(instance(2));
            agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
            assertThat(heard).extracting(InstanceReport::cameUp).containsExactly(false, true);
            assertThat(heard).extracting(InstanceReport::actual).containsOnly(ActualState.RUNNING);
        }
    }

    @Test
    void whatAGuestSaidBeforeItDiedDoesNotCountForTheOneThatIsStartedInItsPlace() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        hypervisor.beat(instance(1));
        await().until(() -> cameUp(1));
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            hypervisor.endGuest(instance(1), "failed");
            await().until(() -> heard.size() >= 4);
        }
        assertThat(heard).extracting(InstanceReport::cameUp).containsExactly(true, false, false, false);
        hypervisor.beat(instance(1));
        await().until(() -> cameUp(1));
    }

    @Test
    void aLookThatWasSlowerThanTheGuestsWordDoesNotTakeItBack() throws Exception {
        die();
        SlowLook slow = new SlowLook(hypervisor);
        begin("boot-1", slow);
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agent.watch(watcher(heard))) {
            assertThat(watch).isNotNull();
            slow.holdNextAudit();
            hypervisor.restoreDaemon();
            Thread looking = slow.looking.get(10, TimeUnit.SECONDS);
            hypervisor.beat(instance(1));
            await().until(() -> cameUp(1));
            slow.released.countDown();
            assertThat(looking.join(Duration.ofSeconds(10))).isTrue();
            assertThat(heard).extracting(InstanceReport::cameUp).containsExactly(false, true);
        }
    }

    /** A hypervisor of which one look at what runs can be made to arrive late. */
    private static final class SlowLook implements HypervisorDriver {
        private final HypervisorDriver driver;
        private final AtomicBoolean holdLook = new AtomicBoolean();
        private final AtomicBoolean holdAudit = new AtomicBoolean();
        final CompletableFuture<Thread> looking = new CompletableFuture<>();
        final CountDownLatch released = new CountDownLatch(1);

        SlowLook(HypervisorDriver driver) {
            this.driver = driver;
        }

        /** Of a thread that is at work for an instance: an audit comes each second and after each start. */
        void holdNextLook() {
            holdLook.set(true);
        }

        void holdNextAudit() {
            holdAudit.set(true);
        }

        private static boolean isAudit() {
            return StackWalker.getInstance()
                    .walk(frames -> frames.limit(8)
                            .anyMatch(frame -> frame.getMethodName().equals("audit")));
        }

        @Override
        public void pause(InstanceId instance) throws DriverException {
            driver.pause(instance);
        }

        @Override
        public void unpause(InstanceId instance, GuestSpec spec) throws DriverException {
            driver.unpause(instance, spec);
        }

        @Override
        public void suspend(InstanceId instance, GuestSpec spec) throws DriverException {
            driver.suspend(instance, spec);
        }

        @Override
        public boolean remembers(InstanceId instance, GuestSpec spec) throws DriverException {
            return driver.remembers(instance, spec);
        }

        @Override
        public void keepOnly(Set<InstanceId> here) throws DriverException {
            driver.keepOnly(here);
        }

        @Override
        public Diagnostics diagnostics(InstanceId instance) throws DriverException {
            return driver.diagnostics(instance);
        }

        @Override
        public byte[] console(InstanceId instance, int bytesMax) throws DriverException {
            return driver.console(instance, bytesMax);
        }

        @Override
        public List<Guest> guests() throws DriverException {
            List<Guest> seen = driver.guests();
            if ((isAudit() ? holdAudit : holdLook).getAndSet(false)) {
                looking.complete(Thread.currentThread());
                try {
                    assertThat(released.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new DriverException("interrupted", e);
                }
            }
            return seen;
        }

        @Override
        public void start(InstanceId instance, Generation generation, GuestSpec spec) throws DriverException {
            driver.start(instance, generation, spec);
        }

        @Override
        public void takeOver(InstanceId instance, Generation generation) throws DriverException {
            driver.takeOver(instance, generation);
        }

        @Override
        public void destroy(InstanceId instance) throws DriverException {
            driver.destroy(instance);
        }

        @Override
        public void stop(InstanceId instance, Duration grace) throws DriverException {
            driver.stop(instance, grace);
        }

        @Override
        public void delete(InstanceId instance, GuestSpec spec) throws DriverException {
            driver.delete(instance, spec);
        }

        @Override
        public void onChange(Consumer<GuestChange> consumer) {
            driver.onChange(consumer);
        }

        @Override
        public String trouble() {
            return driver.trouble();
        }

        @Override
        public void close() {
            driver.close();
        }
    }

    @Test
    void anAgentThatIsRestartedKnowsWhatTheHypervisorHasHeard() throws Exception {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        hypervisor.beat(instance(1));
        await().until(() -> cameUp(1));
        die();
        begin("boot-1");
        await().atMost(Duration.ofSeconds(20)).until(() -> cameUp(1));
    }

    private static AgentWatcher watcher(List<InstanceReport> heard) {
        return new AgentWatcher() {
            @Override
            public void reported(InstanceReport report) {
                heard.add(report);
            }

            @Override
            public void troubled(String trouble) {}
        };
    }
}
