package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.H1;
import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.instance;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.HypervisorDriver.GuestChange;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.Generation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that somebody else brings to a host, or takes from it. */
class AgentArrivalsTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path state;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(10));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private final List<GuestChange> story = new CopyOnWriteArrayList<>();
    private AgentJournal journal;
    private Agent agent;

    private void begin(Duration grace) throws IOException {
        journal = AgentJournal.open(state);
        AgentSettings settings = AgentFixtures.with(
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"), "arrivalsGrace", grace);
        agent = new Agent(H1, "boot-1", hypervisor, journal, settings, Clock.systemUTC());
        agent.start();
    }

    private void die() throws IOException {
        agent.close();
        journal.close();
        hypervisor.close();
    }

    @AfterEach
    void end() throws IOException {
        die();
        storage.close();
        assertThat(storage.splitBrains()).isEmpty();
    }

    private void adopted(Duration grace) throws IOException {
        begin(grace);
        assertThat(agent.adopt(adopt(), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        hypervisor.onChange(story::add);
    }

    private InstanceReport report() {
        return agent.reports().stream()
                .filter(report -> report.instance().equals(instance(1)))
                .findFirst()
                .orElse(null);
    }

    private void arrives(long generation) {
        hypervisor.plant(instance(1), Generation.of(generation));
        await().atMost(DEADLINE).until(() -> report() != null || !story.isEmpty());
    }

    private List<Guest> guests() throws DriverException {
        return hypervisor.guests();
    }

    private static Guest runs(long generation) {
        return new Guest(instance(1), Generation.of(generation), true, false);
    }

    @Test
    void aGuestThatArrivedIsTakenOverAsItRuns() throws Exception {
        adopted(LONG);
        arrives(4);
        assertThat(report().actual()).isEqualTo(ActualState.RUNNING);
        assertThat(report().detail()).isEqualTo(Lane.ARRIVED);
        assertThat(agent.apply(order(1, 6, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).containsExactly(runs(6));
        assertThat(report().actual()).isEqualTo(ActualState.RUNNING);
        assertThat(report().generation()).isEqualTo(Generation.of(6));
        assertThat(report().detail()).isEmpty();
        assertThat(story).isEmpty();
    }

    @Test
    void oneThatWasTakenOverIsAGuestLikeAnyOther() throws Exception {
        adopted(LONG);
        arrives(4);
        agent.apply(order(1, 6, InstanceGoal.RUNNING), DEADLINE);
        assertThat(agent.apply(order(1, 7, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).containsExactly(runs(7));
        assertThat(story)
                .containsExactly(new GuestChange.Ended(instance(1), "destroyed"), new GuestChange.Started(instance(1)));
    }

    @Test
    void theSameHostMayHaveLetItGoBefore() throws Exception {
        adopted(LONG);
        agent.apply(order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(1, 3, InstanceGoal.STOPPED), DEADLINE);
        story.clear();
        hypervisor.plant(instance(1), Generation.of(5));
        await().atMost(DEADLINE).until(() -> report().detail().equals(Lane.ARRIVED));
        agent.apply(order(1, 7, InstanceGoal.RUNNING), DEADLINE);
        assertThat(guests()).containsExactly(runs(7));
        assertThat(story).isEmpty();
    }

    /** As when the word of the end of its guest before is late: its thread looks again, and its goal was to be stopped. */
    @Test
    void whatWasStoppedHereBeforeDoesNotStopIt() throws Exception {
        adopted(LONG);
        agent.apply(order(1, 2, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(1, 3, InstanceGoal.STOPPED), DEADLINE);
        hypervisor.plant(instance(1), Generation.of(5));
        hypervisor.tellEndLate(instance(1), "shutdown");
        await().atMost(DEADLINE).until(() -> report().detail().equals(Lane.ARRIVED));
        assertThat(guests()).containsExactly(runs(5));
    }

    @Test
    void nobodyClaimsItAndItIsEnded() throws Exception {
        adopted(Duration.ofMillis(1500));
        arrives(4);
        await().atMost(DEADLINE).until(() -> guests().isEmpty());
        assertThat(story).containsExactly(new GuestChange.Ended(instance(1), "destroyed"));
        await().atMost(DEADLINE).until(() -> report() == null);
        hypervisor.plant(instance(1), Generation.of(4));
        await().atMost(DEADLINE).until(() -> report() != null);
        assertThat(report().detail()).as("it has its time again").isEqualTo(Lane.ARRIVED);
    }

    @Test
    void whereNobodyMovesGuestsItIsEndedAtOnce() throws Exception {
        adopted(Duration.ZERO);
        arrives(4);
        await().atMost(DEADLINE).until(() -> guests().isEmpty());
    }

    @Test
    void anOldCopyIsEndedAtOnce() throws Exception {
        adopted(LONG);
        agent.apply(order(1, 5, InstanceGoal.RUNNING), DEADLINE);
        agent.apply(order(1, 6, InstanceGoal.STOPPED), DEADLINE);
        hypervisor.plant(instance(1), Generation.of(5));
        await().atMost(DEADLINE).until(() -> guests().isEmpty());
    }

    @Test
    void whatCannotBeTakenOverIsBegunAnew() throws Exception {
        adopted(LONG);
        arrives(4);
        hypervisor.failHolds(new DriverException("libvirt is at work on it"));
        assertThat(agent.apply(order(1, 6, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).containsExactly(runs(6));
        assertThat(story)
                .containsExactly(new GuestChange.Ended(instance(1), "destroyed"), new GuestChange.Started(instance(1)));
    }

    @Test
    void aTakeOverWhoseOutcomeIsUnknownIsTriedAgainAndEndsNothing() throws Exception {
        adopted(LONG);
        arrives(4);
        hypervisor.failHolds(DriverException.underWay("libvirt does not answer"));
        assertThat(agent.apply(order(1, 6, InstanceGoal.RUNNING), DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(report().actual()).isEqualTo(ActualState.UNKNOWN);
        hypervisor.failHolds(null);
        await().atMost(DEADLINE).until(() -> guests().equals(List.of(runs(6))));
        await().atMost(DEADLINE).until(() -> report().actual() == ActualState.RUNNING);
        assertThat(story).isEmpty();
    }

    @Test
    void anArrivalThatIsToStopStops() throws Exception {
        adopted(LONG);
        arrives(4);
        agent.apply(order(1, 6, InstanceGoal.STOPPED), DEADLINE);
        assertThat(guests()).isEmpty();
    }

    @Test
    void anAdoptionEndsItLikeEveryStranger() throws Exception {
        adopted(LONG);
        arrives(4);
        assertThat(agent.adopt(adopt(0, 1, 2), DEADLINE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).isEmpty();
    }

    @Test
    void aGuestThatWasTakenAwayIsNotStartedHereUntilItIsOrdered() throws Exception {
        adopted(Duration.ZERO);
        agent.apply(order(1, 1, InstanceGoal.RUNNING), DEADLINE);
        hypervisor.endGuest(instance(1), "migrated");
        await().atMost(DEADLINE).until(() -> report().actual() == ActualState.FAILED);
        assertThat(report().detail()).contains("moved to another host");
        agent.adopt(adopt(0, 2, 2, order(1, 1, InstanceGoal.RUNNING, 0, 2)), DEADLINE);
        assertThat(guests())
                .as("a list of what this host owns is no order to start it")
                .isEmpty();
        die();
        begin(Duration.ZERO);
        agent.adopt(adopt(0, 3, 3, order(1, 1, InstanceGoal.RUNNING, 0, 3)), DEADLINE);
        await().atMost(DEADLINE).until(() -> report() != null && report().actual() == ActualState.FAILED);
        assertThat(guests()).isEmpty();
        assertThat(agent.apply(order(1, 3, InstanceGoal.RUNNING, 0, 3), DEADLINE))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(guests()).containsExactly(runs(3));
    }
}
