package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.H1;
import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.instance;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static io.holdfast.compute.agent.AgentFixtures.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestSigns;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.LeaderEpoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An agent whose guests fail while their host is well. */
class GuestCareTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final GuestTerms ALL_RESTARTED =
            new GuestTerms(WatchdogAction.RESET, EnumSet.allOf(GuestFailure.class));
    private static final GuestTerms ALL_TOLD = new GuestTerms(WatchdogAction.NOTIFY, Set.of());

    @TempDir
    Path state;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(20));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private final List<InstanceReport> heard = new CopyOnWriteArrayList<>();

    private AgentJournal journal;
    private Agent agent;

    @BeforeEach
    void start() throws IOException {
        begin("boot-1");
    }

    @AfterEach
    void end() throws IOException {
        die();
        hypervisor.close();
        storage.close();
        assertThat(storage.splitBrains()).isEmpty();
    }

    private void begin(String bootId) throws IOException {
        journal = AgentJournal.open(state);
        AgentSettings settings = AgentFixtures.settings(Path.of("/srv/shared"), "test:///default");
        agent = new Agent(
                H1,
                bootId,
                hypervisor,
                journal,
                with(settings, "restartsPerWindow", 2, "restartLimit", 50),
                Clock.systemUTC());
        agent.start();
        var _ = agent.watch(new AgentWatcher() {
            @Override
            public void reported(InstanceReport report) {
                heard.add(report);
            }

            @Override
            public void troubled(String trouble) {}
        });
    }

    private void die() throws IOException {
        agent.close();
        journal.close();
    }

    private static InstanceOrder running(GuestTerms terms) {
        InstanceOrder order = order(1, 1, InstanceGoal.RUNNING);
        GuestSpec spec = order.spec();
        return new InstanceOrder(
                order.host(),
                order.hostEpoch(),
                order.leader(),
                order.instance(),
                order.generation(),
                order.goal(),
                new GuestSpec(
                        spec.name(),
                        spec.vcpus(),
                        spec.memoryMib(),
                        spec.disk(),
                        spec.image(),
                        spec.imageFormat(),
                        spec.diskGib(),
                        spec.kernel(),
                        spec.ramdisk(),
                        spec.commandLine(),
                        spec.nics(),
                        spec.memory(),
                        terms,
                        spec.configDrive()));
    }

    private void run(GuestTerms terms) {
        agent.adopt(adopt(), DEADLINE);
        agent.apply(running(terms), DEADLINE);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
    }

    private InstanceReport now() {
        return agent.reports().getFirst();
    }

    private GuestIncident last() {
        return Objects.requireNonNull(now().signs().last());
    }

    private void awaitLast(GuestFailure failure, GuestResponse response, int restarts) {
        await().untilAsserted(() -> {
            GuestIncident last = now().signs().last();
            assertThat(last).isNotNull();
            assertThat(last.failure()).isEqualTo(failure);
            assertThat(last.response()).isEqualTo(response);
            assertThat(last.restarts()).isEqualTo(restarts);
        });
    }

    private void awaitActual(ActualState actual) {
        await().until(() -> now().actual() == actual);
    }

    private long starts() {
        return heard.stream()
                .filter(report -> report.actual() == ActualState.RUNNING)
                .map(InstanceReport::at)
                .count();
    }

    /** A restart that is not allowed would have come by then: the backoff is 20 ms, an audit comes each second. */
    private void staysEnded() {
        await().during(Duration.ofMillis(1_300)).until(() -> hypervisor.guests().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"crashed, PANICKED", "failed, LOST", "destroyed, LOST", "shutdown, STOPPED"})
    void aGuestThatEndedIsRestartedWhereItsOwnerWantsThatAndTheNumberOfTimesIsBounded(
            String cause, GuestFailure failure) throws Exception {
        run(ALL_RESTARTED);
        for (int times = 1; times <= 2; times++) {
            hypervisor.endGuest(instance(1), cause);
            awaitLast(failure, GuestResponse.RESTARTED, times);
            awaitActual(ActualState.RUNNING);
        }
        hypervisor.endGuest(instance(1), cause);
        awaitLast(failure, GuestResponse.GIVEN_UP, 2);
        assertThat(now().actual()).isEqualTo(ActualState.FAILED);
        assertThat(last().detail()).contains("restarted 2 times within 60 min");
        staysEnded();

        // A human may order it again.
        agent.apply(running(ALL_RESTARTED), DEADLINE);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
    }

    @ParameterizedTest
    @CsvSource({"crashed, PANICKED, FAILED", "failed, LOST, FAILED", "shutdown, STOPPED, STOPPED"})
    void aGuestWhoseOwnerIsOnlyToldStaysEnded(String cause, GuestFailure failure, ActualState actual) throws Exception {
        run(ALL_TOLD);
        hypervisor.endGuest(instance(1), cause);
        awaitLast(failure, GuestResponse.TOLD, 0);
        assertThat(now().actual()).isEqualTo(actual);
        staysEnded();
    }

    @Test
    void anAgentThatIsKilledNeitherForgetsTheCountNorWhatItHasNotTold() throws Exception {
        run(ALL_RESTARTED);
        for (int times = 1; times <= 2; times++) {
            hypervisor.endGuest(instance(1), "crashed");
            awaitLast(GuestFailure.PANICKED, GuestResponse.RESTARTED, times);
            awaitActual(ActualState.RUNNING);
        }
        GuestIncident before = last();
        die();
        hypervisor.close();
        begin("boot-1");
        await().untilAsserted(() -> assertThat(last()).isEqualTo(before));
        hypervisor.endGuest(instance(1), "crashed");
        awaitLast(GuestFailure.PANICKED, GuestResponse.GIVEN_UP, 2);
        assertThat(last().number()).isGreaterThan(before.number());
        staysEnded();
    }

    /** The port of a guest whose process is gone closes before the hypervisor says how it ended. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGuestThatIsMissedBeforeItsEndIsToldIsRestartedAllTheSame(boolean told) throws Exception {
        run(ALL_RESTARTED);
        hypervisor.endGuestUnheard(instance(1));
        if (told) {
            hypervisor.tellEndLate(instance(1), "failed");
        }
        await().atMost(Duration.ofSeconds(15)).until(() -> now().signs().last() != null);
        awaitLast(GuestFailure.LOST, GuestResponse.RESTARTED, 1);
        awaitActual(ActualState.RUNNING);
    }

    @ParameterizedTest
    @CsvSource({"crashed, PANICKED", "failed, LOST", "shutdown, STOPPED"})
    void whatIsLeftAsItIsStaysSoWhenAnotherLeaderListsIt(String cause, GuestFailure failure) throws Exception {
        run(ALL_TOLD);
        hypervisor.endGuest(instance(1), cause);
        awaitLast(failure, GuestResponse.TOLD, 0);
        agent.adopt(AgentFixtures.adopt(0, 1, 2, running(ALL_TOLD)), DEADLINE);
        staysEnded();
        agent.apply(leader(2, running(ALL_TOLD)), DEADLINE);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
    }

    private static InstanceOrder leader(long epoch, InstanceOrder order) {
        return new InstanceOrder(
                order.host(),
                order.hostEpoch(),
                LeaderEpoch.of(epoch),
                order.instance(),
                order.generation(),
                order.goal(),
                order.spec());
    }

    @ParameterizedTest
    @CsvSource({"crashed, PANICKED, FAILED", "shutdown, STOPPED, STOPPED"})
    void whatIsLeftAsItIsStaysSoWhenTheAgentIsAnotherOneUntilItsHostBoots(
            String cause, GuestFailure failure, ActualState actual) throws Exception {
        run(ALL_TOLD);
        hypervisor.endGuest(instance(1), cause);
        awaitLast(failure, GuestResponse.TOLD, 0);
        GuestIncident before = last();
        die();
        hypervisor.close();
        begin("boot-1");
        awaitActual(actual);
        agent.adopt(AgentFixtures.adopt(0, 1, 2, running(ALL_TOLD)), DEADLINE);
        staysEnded();
        assertThat(now().actual()).isEqualTo(actual);
        assertThat(last()).isEqualTo(before);

        agent.apply(leader(2, running(ALL_TOLD)), DEADLINE);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
        // It was ordered: that it was left once is over, also for the next agent, and how it ends now is its own
        // matter.
        die();
        hypervisor.endGuest(instance(1), "crashed");
        hypervisor.close();
        begin("boot-1");
        await().untilAsserted(() -> assertThat(last().failure()).isEqualTo(GuestFailure.LOST));
        agent.adopt(AgentFixtures.adopt(0, 1, 3, running(ALL_TOLD)), DEADLINE);
        staysEnded();

        die();
        hypervisor.losePower();
        hypervisor.restorePower();
        begin("boot-2");
        agent.adopt(AgentFixtures.inBoot("boot-2", 0, 2, 4, running(ALL_TOLD)), DEADLINE);
        awaitActual(ActualState.RUNNING);
    }

    @Test
    void aDiskThatDoesNotTakeThatItIsOrderedAnewKeepsNobodyFromStartingIt() throws Exception {
        run(ALL_TOLD);
        hypervisor.endGuest(instance(1), "crashed");
        awaitLast(GuestFailure.PANICKED, GuestResponse.TOLD, 0);
        Files.createDirectory(state.resolve("guest-failures").resolve(instance(1) + ".new"));
        agent.apply(running(ALL_TOLD), DEADLINE);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
        // The next agent reads the old page. It touches nothing that runs, and shows that it does.
        die();
        begin("boot-1");
        agent.adopt(AgentFixtures.adopt(0, 1, 2, running(ALL_TOLD)), DEADLINE);
        awaitActual(ActualState.RUNNING);
        assertThat(hypervisor.guests()).hasSize(1);
    }

    @Test
    void whatItsWatchdogHasPoweredOffStaysSoWhenTheAgentIsAnotherOne() throws Exception {
        GuestTerms terms = new GuestTerms(WatchdogAction.POWEROFF, EnumSet.allOf(GuestFailure.class));
        run(terms);
        hypervisor.bite(instance(1), WatchdogAction.POWEROFF);
        awaitActual(ActualState.STOPPED);
        die();
        hypervisor.close();
        begin("boot-1");
        agent.adopt(AgentFixtures.adopt(0, 1, 2, running(terms)), DEADLINE);
        staysEnded();
        assertThat(now().actual()).isEqualTo(ActualState.STOPPED);
    }

    @Test
    void whatDiedWhileNoAgentLookedIsToldAndNotStarted() throws Exception {
        run(ALL_RESTARTED);
        die();
        hypervisor.endGuest(instance(1), "crashed");
        hypervisor.close();
        begin("boot-1");
        awaitLast(GuestFailure.LOST, GuestResponse.TOLD, 0);
        assertThat(now().actual()).isEqualTo(ActualState.FAILED);
        staysEnded();
        // Its owner has it restarted; what may be started here, the next leader's list says.
        agent.adopt(AgentFixtures.adopt(0, 1, 2, running(ALL_RESTARTED)), DEADLINE);
        awaitActual(ActualState.RUNNING);
    }

    @Test
    void thatAHostHasBootedIsNoFailureOfItsGuests() throws Exception {
        run(ALL_RESTARTED);
        die();
        hypervisor.losePower();
        hypervisor.restorePower();
        begin("boot-2");
        awaitActual(ActualState.FAILED);
        assertThat(now().signs()).isEqualTo(GuestSigns.NONE);
        agent.adopt(AgentFixtures.inBoot("boot-2", 0, 2, 1, running(ALL_RESTARTED)), DEADLINE);
        awaitActual(ActualState.RUNNING);
    }

    @Test
    void whatCannotBeWrittenDownIsNotRestartedAndIsToldAllTheSame() throws Exception {
        run(ALL_RESTARTED);
        Files.writeString(state.resolve("guest-failures"), "no directory");
        hypervisor.endGuest(instance(1), "crashed");
        awaitLast(GuestFailure.PANICKED, GuestResponse.GIVEN_UP, 0);
        assertThat(now().actual()).isEqualTo(ActualState.FAILED);
        assertThat(now().detail()).contains("cannot be written down");
        assertThat(last().detail()).contains("cannot be written down");
        staysEnded();
    }

    @Test
    void anotherGenerationBeginsWithACleanPage() throws Exception {
        run(ALL_RESTARTED);
        hypervisor.endGuest(instance(1), "crashed");
        awaitLast(GuestFailure.PANICKED, GuestResponse.RESTARTED, 1);
        awaitActual(ActualState.RUNNING);
        agent.apply(order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        assertThat(now().signs()).isEqualTo(GuestSigns.NONE);
    }

    @Test
    void aGuestThatIsToBeStoppedIsNotActedFor() throws Exception {
        run(ALL_RESTARTED);
        InstanceOrder order = running(ALL_RESTARTED);
        agent.apply(
                new InstanceOrder(
                        order.host(),
                        order.hostEpoch(),
                        order.leader(),
                        order.instance(),
                        order.generation(),
                        InstanceGoal.STOPPED,
                        order.spec()),
                DEADLINE);
        hypervisor.tellEndLate(instance(1), "crashed");
        hypervisor.bite(instance(1), WatchdogAction.RESET);
        staysEnded();
        assertThat(now().signs()).isEqualTo(GuestSigns.NONE);
    }

    @ParameterizedTest
    @CsvSource({"SILENT", "UNHEALTHY"})
    void aGuestThatIsNotWellIsEndedAndBegunAnewOnTheSameHost(GuestHealth health) throws Exception {
        run(ALL_RESTARTED);
        hypervisor.feel(instance(1), health);
        awaitLast(GuestFailure.valueOf(health.name()), GuestResponse.RESTARTED, 1);
        await().until(() -> heard.stream()
                .anyMatch(report -> report.actual() == ActualState.BUILDING
                        && report.signs().last() != null));
        awaitActual(ActualState.RUNNING);
        assertThat(now().signs().health()).isEqualTo(GuestHealth.UNKNOWN);
        // That we ended it is no death of its own.
        await().during(Duration.ofMillis(500)).until(() -> last().restarts() == 1);
        assertThat(hypervisor.guests()).hasSize(1);
    }

    @Test
    void aGuestThatIsNotWellAndWhoseOwnerIsOnlyToldRunsOn() throws Exception {
        run(ALL_TOLD);
        hypervisor.feel(instance(1), GuestHealth.SILENT);
        awaitLast(GuestFailure.SILENT, GuestResponse.TOLD, 0);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
        assertThat(now().signs().health()).isEqualTo(GuestHealth.SILENT);
        // Found by the audit, when what it may say by itself is taken again.
        hypervisor.feel(instance(1), GuestHealth.HEALTHY);
        await().atMost(Duration.ofSeconds(15)).until(() -> now().signs().health() == GuestHealth.HEALTHY);
    }

    @Test
    void aGuestThatChangesItsMindAllTheTimeIsTakenAtItsWordNowAndThen() throws Exception {
        run(ALL_TOLD);
        for (int i = 0; i < 200; i++) {
            hypervisor.feel(instance(1), i % 2 == 0 ? GuestHealth.UNHEALTHY : GuestHealth.HEALTHY);
            hypervisor.bite(instance(1), WatchdogAction.NONE);
        }
        awaitLast(GuestFailure.WATCHDOG, GuestResponse.TOLD, 0);
        assertThat(heard).hasSizeLessThan(12);
    }

    @Test
    void aWatchdogThatResetsIsCountedAndThenAHumanIsAsked() throws Exception {
        run(ALL_RESTARTED);
        hypervisor.bite(instance(1), WatchdogAction.RESET);
        awaitLast(GuestFailure.WATCHDOG, GuestResponse.RESTARTED, 1);
        assertThat(now().actual()).isEqualTo(ActualState.RUNNING);
        for (int i = 0; i < 2; i++) {
            hypervisor.endGuest(instance(1), "crashed");
            await().until(() -> last().failure() == GuestFailure.PANICKED);
            if (i == 0) {
                awaitLast(GuestFailure.PANICKED, GuestResponse.RESTARTED, 2);
                awaitActual(ActualState.RUNNING);
            }
        }
        awaitLast(GuestFailure.PANICKED, GuestResponse.GIVEN_UP, 2);
    }

    @Test
    void aWatchdogThatCutsThePowerLeavesItsGuestDownAndIsToldOnce() throws Exception {
        run(new GuestTerms(WatchdogAction.POWEROFF, EnumSet.allOf(GuestFailure.class)));
        hypervisor.bite(instance(1), WatchdogAction.POWEROFF);
        awaitActual(ActualState.STOPPED);
        awaitLast(GuestFailure.WATCHDOG, GuestResponse.TOLD, 0);
        assertThat(now().detail()).isEqualTo("its watchdog powered it off");
        staysEnded();
    }

    @Test
    void aWatchdogThatDoesNothingIsToldOnlyWhereThatIsAsked() throws Exception {
        run(new GuestTerms(WatchdogAction.NONE, Set.of()));
        hypervisor.bite(instance(1), WatchdogAction.NONE);
        // The word is taken up by a thread of its own; with the next order it would be told.
        await().during(Duration.ofMillis(500)).until(() -> now().signs().equals(GuestSigns.NONE));
        agent.apply(running(ALL_TOLD), DEADLINE);
        hypervisor.bite(instance(1), WatchdogAction.NONE);
        awaitLast(GuestFailure.WATCHDOG, GuestResponse.TOLD, 0);
        assertThat(starts()).isGreaterThan(0);
    }
}
