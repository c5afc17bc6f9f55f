package io.holdfast.chaos.sim;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signal;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.core.Command;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.Standing;
import io.holdfast.membership.core.State;
import io.holdfast.membership.core.Step;
import io.holdfast.membership.core.Vigil;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private boolean oriented;
    private Vigil vigil;
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
        this.vigil = Vigil.from(moment(), settings.tickInterval(), settings.pauseLimit());
        this.group = process.world().group().join(process.name(), this::groupChanged);
    }

    Group.View group() {
        return group;
    }

    String doubt() {
        return machine.doubt(state, moment());
    }

    /** Whether it has looked around since it started. Once it has, it stays so. */
    boolean isOriented() {
        oriented = oriented || machine.isOriented(state, moment());
        return oriented;
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

    /** Whether ages are looked at: some host is not simply well, or something was observed a short while ago. */
    boolean isAwake() {
        return pace().isPositive();
    }

    /** What this controller knows of the slots. */
    void slotsSeen(Map<HostId, SlotSign> signs) {
        step(new Observation.SlotView(signs));
    }

    private void turn(Observation observation) {
        process.slots().freshen();
        step(observation);
    }

    private void step(Observation observation) {
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
        if (process.nanos() < awakeUntil || state.any(MembershipShell::ages)) {
            return settings.tickInterval();
        }
        boolean waitsForJournal = state.any(standing -> standing instanceof Standing.Lost lost && !lost.acknowledged());
        return waitsForJournal ? CALM_TICK : Duration.ZERO;
    }

    private static boolean ages(Standing standing) {
        return switch (standing) {
            case Standing.Absent _, Standing.Alive _, Standing.Lost _ -> false;
            case Standing.Expected _,
                    Standing.Missed _,
                    Standing.Suspected _,
                    Standing.Degraded _,
                    Standing.Isolated _,
                    Standing.Held _ -> true;
        };
    }

    /** The process did not run for so long; what it held of ages is void. */
    void wasPaused(Duration gap) {
        if (gap.compareTo(settings.tickInterval().plus(settings.pauseLimit())) > 0) {
            observe(new Observation.Paused(gap));
        }
    }

    /**
     * The wall clock went that far while nothing else did. The product looks at both clocks at each tick, and finds it at the next one; here
     * ticks are played only while something ages, so it is found at once.
     */
    void clockStepped(Duration by) {
        Moment now = moment();
        vigil = new Vigil(vigil.longest(), vigil.apart(), now, vigil.jumpsNanos(), vigil.toldNanos(), vigil.found())
                .look(new Moment(now.nanos(), now.wall().plus(by)));
        if (!vigil.text().isEmpty()) {
            process.tell("finds that " + vigil.text());
        }
        vigil.pause().ifPresent(gap -> observe(new Observation.Paused(gap)));
    }

    // ---- what is asked

    private void ask(Command command) {
        switch (command) {
            case Command.AskPower power ->
                answer(
                        settings.powerTimeout(),
                        (Consumer<PowerState> heard) -> readPower(power.host(), heard),
                        () -> PowerState.UNKNOWN,
                        answer -> turn(new Observation.PowerRead(power.host(), power.askedAt(), answer)));
            // Simulated disks are nobody's to look at. Not answered: it would say nothing, and be one more moment to
            // judge at.
            case Command.LookAtGuests _ -> {}
            case Command.Probe probe ->
                askHost(
                        probe.host(),
                        probe.deadline(),
                        answer -> turn(new Observation.ProbeAnswer(probe.host(), probe.askedAt(), answer)));
        }
    }

    /** Asks every signal of a host whether it lives, as the product does before it believes an operator's word. */
    void signsOfLife(HostId host, Consumer<List<Evidence>> answered) {
        Moment asked = moment();
        List<Evidence> signs = new ArrayList<>(machine.present(state, host, asked));
        int[] open = {2};
        Consumer<@Nullable Evidence> said = sign -> {
            if (sign != null) {
                signs.add(sign);
            }
            if (--open[0] == 0) {
                answered.accept(List.copyOf(signs));
            }
        };
        askHost(
                host,
                machine.patience(),
                answer -> said.accept(answer.signOfLife()
                        .map(sign -> new Evidence(Signal.PROBE, sign, asked.wall(), asked.nanos()))
                        .orElse(null)));
        answer(
                settings.powerTimeout(),
                (Consumer<PowerState> heard) -> readPower(host, heard),
                () -> PowerState.UNKNOWN,
                answer -> said.accept(
                        answer == PowerState.ON
                                ? new Evidence(Signal.POWER, "power on", asked.wall(), asked.nanos())
                                : null));
    }

    /** Asks the devices of the first level; off is what all of them say. */
    private void readPower(HostId id, Consumer<PowerState> heard) {
        Host host = host(id);
        if (host.fencing().isEmpty()) {
            heard.accept(PowerState.UNKNOWN);
            return;
        }
        List<PowerDevice> asked = host.fencing().getFirst();
        List<PowerState> answers = new ArrayList<>();
        asked.forEach(device -> device.readPower(process.name(), reading -> {
            answers.add(reading.state());
            if (answers.size() == asked.size()) {
                heard.accept(
                        answers.contains(PowerState.ON)
                                ? PowerState.ON
                                : answers.contains(PowerState.UNKNOWN) ? PowerState.UNKNOWN : PowerState.OFF);
            }
        }));
    }

    private Host host(HostId id) {
        return process.world().host(id);
    }

    /** A question to a host while it is open. */
    private static final class HostCall {

        /** Somebody accepted, of whom nothing more was heard yet. */
        boolean accepted;

        boolean over;
    }

    /** As the product calls a host: again after each interval while earlier calls are still under way. */
    private void askHost(HostId id, Duration deadline, Consumer<Reachability> then) {
        HostCall called = new HostCall();
        answer(
                deadline,
                (Consumer<Reachability> heard) -> {
                    call(id, called, heard);
                    for (Duration next = settings.probeTimeout();
                            next.compareTo(deadline) < 0;
                            next = next.plus(settings.probeTimeout())) {
                        process.after(next, () -> {
                            if (!called.over) {
                                call(id, called, heard);
                            }
                        });
                    }
                },
                () -> called.accepted ? Reachability.MUTE : Reachability.SILENT,
                answer -> {
                    called.over = true;
                    then.accept(answer);
                });
    }

    /** A kernel that hangs accepts connections all the same, and so does one whose agent hangs: a supervisor tells them apart. */
    private void call(HostId id, HostCall called, Consumer<Reachability> heard) {
        Host host = host(id);
        Network network = process.world().network();
        network.send(Network.Net.MANAGEMENT, process.name(), host.party(), () -> {
            if (!host.hasPower() || host.isStarting()) {
                return;
            }
            // Where the agent ended before, its port is closed, and that is asked, too.
            if (host.isSupervised() && host.isHung() && host.agent() != null) {
                network.send(Network.Net.MANAGEMENT, host.party(), process.name(), () -> called.accepted = true);
                return;
            }
            Reachability answer = host.agent() == null
                    ? Reachability.REFUSED
                    : host.isSupervised() ? Reachability.ANSWERED : Reachability.ACCEPTED;
            network.send(Network.Net.MANAGEMENT, host.party(), process.name(), () -> heard.accept(answer));
        });
    }

    /** Exactly one answer, by the deadline. */
    private <A> void answer(Duration deadline, Consumer<Consumer<A>> question, Supplier<A> silence, Consumer<A> then) {
        Timeline.Event[] open = new Timeline.Event[1];
        Consumer<A> first = answer -> process.run(() -> {
            Timeline.Event limit = open[0];
            if (limit != null) {
                limit.cancel();
                open[0] = null;
                then.accept(Objects.requireNonNull(answer));
            }
        });
        open[0] = process.after(deadline, () -> first.accept(silence.get()));
        question.accept(first);
    }
}
