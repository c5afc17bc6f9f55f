package io.holdfast.chaos.sim;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.core.Command;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.Standing;
import io.holdfast.membership.core.State;
import io.holdfast.membership.core.Step;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the product's membership machine with what this controller observes, and asks what it wants asked. Looks at ages
 * only while there is something that ages: some host is not simply well, or something was observed a short while ago.
 */
final class MembershipShell {

    private static final Duration CALM_TICK = Duration.ofSeconds(1);

    private final ControllerProcess process;
    private final MembershipSettings settings;
    private final MembershipMachine machine;
    private final MembershipRules rules;
    private final Consumer<MembershipEvent> sink;
    private final Group.View group;
    private State state;
    private boolean leaseViewDue;
    private boolean groupViewDue;
    private long awakeUntil;
    private Timeline.@Nullable Event tick;

    MembershipShell(
            ControllerProcess process,
            MembershipSettings settings,
            MembershipMachine machine,
            Consumer<MembershipEvent> sink) {
        this.process = process;
        this.settings = settings;
        this.machine = machine;
        this.rules = process.world().mutation().membershipRules(machine);
        this.sink = sink;
        this.state = machine.start(moment());
        this.group = process.world().group().join(process.name(), this::groupChanged);
    }

    Group.View group() {
        return group;
    }

    /** The signals of a host that are heard now. */
    List<Evidence> signsOfLife(HostId host) {
        return machine.present(state, host, moment());
    }

    private Moment moment() {
        return new Moment(process.nanos(), process.clock().instant());
    }

    // ---- what is observed

    void leasesChanged() {
        if (!leaseViewDue) {
            leaseViewDue = true;
            process.after(process.dice().between(Duration.ofMillis(1), Duration.ofMillis(8)), () -> {
                leaseViewDue = false;
                if (process.connected()) {
                    lookAtLeases();
                }
            });
        }
    }

    void lookAtLeases() {
        ZooKeeper zooKeeper = process.world().zooKeeper();
        if (zooKeeper.reachable(process.name())) {
            observe(new Observation.LeaseView(zooKeeper.held(), zooKeeper.known(), zooKeeper.left()));
        } else {
            leasesChanged();
        }
    }

    void groupChanged() {
        if (!groupViewDue) {
            groupViewDue = true;
            process.after(process.dice().between(Duration.ofMillis(1), Duration.ofMillis(5)), () -> {
                groupViewDue = false;
                observe(group.view());
            });
        }
    }

    void observe(Observation observation) {
        awakeUntil = process.nanos()
                + settings.grace().plus(settings.settleTime()).plus(CALM_TICK).toNanos();
        turn(observation);
    }

    private void turn(Observation observation) {
        Step step = rules.step(state, observation, moment());
        state = step.next();
        // All controllers watch, but only the leader's conclusions are part of the story.
        if (process.leader().isPresent()) {
            step.changes()
                    .forEach(change -> process.tell("sees " + change.host() + " "
                            + change.transition().from() + " -> "
                            + change.transition().to()
                            + (change.detail().isEmpty() ? "" : ": " + change.detail())));
        }
        step.events().forEach(sink);
        step.commands().forEach(this::ask);
        schedule();
    }

    /** The next look at ages; none while nothing ages. */
    private void schedule() {
        if (tick != null) {
            return;
        }
        Duration pace = pace();
        if (pace.isPositive()) {
            tick = process.after(pace, () -> {
                tick = null;
                turn(new Observation.Tick());
            });
        }
    }

    private Duration pace() {
        boolean waitsForJournal = false;
        for (Standing standing : state.standings().values()) {
            switch (standing) {
                case Standing.Absent _ -> {}
                case Standing.Alive _ -> {}
                case Standing.Lost lost -> waitsForJournal |= !lost.acknowledged();
                case Standing.Expected _, Standing.Suspected _, Standing.Degraded _, Standing.Held _ -> {
                    return settings.tickInterval();
                }
            }
        }
        return process.nanos() < awakeUntil ? settings.tickInterval() : waitsForJournal ? CALM_TICK : Duration.ZERO;
    }

    /** The process did not run for so long; what it held of ages is void. */
    void wasPaused(Duration gap) {
        if (gap.compareTo(settings.tickInterval().plus(settings.pauseLimit())) > 0) {
            observe(new Observation.Paused(gap));
        }
    }

    // ---- what is asked

    private void ask(Command command) {
        switch (command) {
            case Command.AskPower power ->
                answer(
                        settings.powerTimeout(),
                        (Consumer<PowerState> heard) -> host(power.host())
                                .bmc()
                                .readPower(process.name(), reading -> heard.accept(reading.state())),
                        () -> PowerState.UNKNOWN,
                        answer -> new Observation.PowerRead(power.host(), power.askedAt(), answer));
            case Command.Probe probe ->
                answer(
                        settings.probeTimeout(),
                        (Consumer<Reachability> heard) -> call(probe.host(), heard),
                        () -> Reachability.SILENT,
                        answer -> new Observation.ProbeAnswer(probe.host(), probe.askedAt(), answer));
        }
    }

    private Host host(HostId id) {
        return process.world().host(id);
    }

    /** A kernel that hangs accepts connections all the same, and so does one whose agent hangs. */
    private void call(HostId id, Consumer<Reachability> heard) {
        Host host = host(id);
        Network network = process.world().network();
        network.send(Network.Net.MANAGEMENT, process.name(), host.party(), () -> {
            if (host.hasPower()) {
                Reachability answer = host.agent() == null ? Reachability.REFUSED : Reachability.ACCEPTED;
                network.send(Network.Net.MANAGEMENT, host.party(), process.name(), () -> heard.accept(answer));
            }
        });
    }

    /** Exactly one answer, by the deadline. */
    private <A> void answer(
            Duration deadline,
            Consumer<Consumer<A>> question,
            Supplier<A> silence,
            java.util.function.Function<A, Observation> observation) {
        Timeline.Event[] open = new Timeline.Event[1];
        Consumer<A> first = answer -> process.run(() -> {
            Timeline.Event limit = open[0];
            if (limit != null) {
                limit.cancel();
                open[0] = null;
                turn(observation.apply(Objects.requireNonNull(answer)));
            }
        });
        open[0] = process.after(deadline, () -> first.accept(silence.get()));
        question.accept(first);
    }
}
