package io.holdfast.chaos.sim;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.agent.AgentMemory;
import io.holdfast.compute.agent.AgentMemory.Ruling;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.membership.HostRegistration;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of a host's agent. Which orders it takes is decided by the product's own rules ({@link AgentRules}); what it
 * does then, one act at a time for each instance, follows the agent's description: nothing is started that is not in the
 * memory, nothing while strangers may still run, and a goal is looked at again when an act has ended.
 */
public final class Agent {

    private static final Duration SESSION = Duration.ofSeconds(1);
    private static final Duration AUDIT = Duration.ofSeconds(5);
    private static final int QUICK_DEATHS = 3;

    private final World world;
    private final Host host;
    private final Dice dice;
    private final String session;
    private final Map<InstanceId, Lane> lanes = new LinkedHashMap<>();
    private final Deque<Runnable> backlog = new ArrayDeque<>();
    private ZooKeeper.@Nullable Session lease;
    private @Nullable Long confirmed;
    private boolean alive = true;
    private boolean paused;
    private boolean gate = true;
    private int adoptions;

    /** What is known of one instance here. */
    private static final class Lane {
        boolean busy;
        boolean startDue;
        int deaths;

        @Nullable
        InstanceReport report;

        /** The run of its guest that was heard to be healthy last. */
        GuestBeats.@Nullable Life heard;

        final List<Consumer<AgentAnswer>> waiting = new ArrayList<>();
    }

    Agent(World world, Host host) {
        this.world = world;
        this.host = host;
        this.dice = world.dice("agent of " + host.id());
        this.session = host.id() + "-agent-" + world.number("agent of " + host.id());
    }

    String session() {
        return session;
    }

    public boolean isHung() {
        return paused;
    }

    void begin() {
        for (Host.Guest guest : host.guests()) {
            host.memory = host.memory.sawGuest(guest.instance(), guest.generation());
            lane(guest.instance()).report = report(guest.instance(), guest.generation(), ActualState.RUNNING, "");
        }
        world.beats().agentBegan(host);
        world.story().tell(host.party(), "its agent starts");
        SelfFence own = host.selfFence();
        if (own != null) {
            own.agentBegan(this);
        }
        after(dice.between(Duration.ofMillis(100), Duration.ofMillis(600)), this::connect);
    }

    private void connect() {
        ZooKeeper.Session opened = world.zooKeeper().connect(host.party(), SESSION, new ZooKeeper.Owner() {
            @Override
            public void disconnected() {}

            @Override
            public void reconnected() {}

            @Override
            public void expired() {
                after(dice.between(Duration.ofMillis(20), Duration.ofMillis(300)), Agent.this::connect);
            }
        });
        lease = opened;
        register(opened);
    }

    private void register(ZooKeeper.Session mine) {
        if (mine != lease || mine.ended()) {
            return;
        }
        if (!world.zooKeeper().reachable(host.party()) || !world.zooKeeper().lease(mine, registration())) {
            after(Duration.ofMillis(200), () -> register(mine));
        }
    }

    /** When that write to ZooKeeper began which was answered last and found our lease there; null before the first. */
    @Nullable
    Long confirmedFrom() {
        Long last = lease == null ? null : world.zooKeeper().confirmedFrom(lease, host.id());
        if (last != null) {
            confirmed = last;
        }
        return confirmed;
    }

    /** Since when its lease would be confirmed whenever it asked, in nanoseconds of the world; never ({@link Long#MAX_VALUE}) if not. */
    long leaseWellSince() {
        return lease == null ? Long.MAX_VALUE : world.zooKeeper().leaseWellSince(lease, host.id());
    }

    HostRegistration registration() {
        SelfFence own = host.selfFence();
        return new HostRegistration(
                host.id(),
                World.SEGMENT,
                World.ZONE,
                host.bootId(),
                session,
                "192.0.2.1",
                7000,
                host.capacity(),
                host.domains(),
                host.isSupervised() ? 7001 : 0,
                own == null ? null : own.terms());
    }

    /** Takes its leave: the host goes down on purpose. While guests run it only stops, and its host is watched on. */
    void leave() {
        if (lease == null) {
            return;
        }
        if (host.guests().isEmpty()) {
            world.zooKeeper().leave(lease, registration());
        } else {
            lease.abandon(false);
        }
    }

    void die() {
        alive = false;
        backlog.clear();
        SelfFence own = host.selfFence();
        if (own != null) {
            own.agentEnded();
        }
        if (lease != null) {
            lease.abandon(false);
        }
    }

    /** Stands still with everything it has, or goes on. */
    void paused(boolean now) {
        if (paused == now) {
            return;
        }
        paused = now;
        if (lease != null) {
            lease.silent(now);
        }
        SelfFence own = host.selfFence();
        if (own != null) {
            own.agentPaused(now);
        }
        if (!now) {
            List<Runnable> waited = List.copyOf(backlog);
            backlog.clear();
            waited.forEach(world.timeline()::soon);
        }
    }

    private void after(Duration delay, Runnable what) {
        world.timeline().after(delay, () -> run(what));
    }

    private void run(Runnable what) {
        if (!alive) {
            return;
        }
        if (paused) {
            backlog.add(() -> run(what));
        } else {
            what.run();
        }
    }

    // ---- orders

    /** Destroys strangers and sees them gone before it answers; starts go on after. */
    void adopt(AdoptOrder order, Consumer<AgentAnswer> answer) {
        run(() -> adoptNow(order, answer));
    }

    private void adoptNow(AdoptOrder order, Consumer<AgentAnswer> answer) {
        switch (world.mutation().agentRules().rule(host.memory, order, host.bootId())) {
            case Ruling.Stale(String reason) -> {
                answer.accept(new AgentAnswer.Stale(reason));
                return;
            }
            case Ruling.Refused(String reason) -> {
                answer.accept(new AgentAnswer.Refused(reason));
                return;
            }
            case Ruling.Known() -> {}
            case Ruling.Take(AgentMemory next) -> host.memory = next.inBoot("");
        }
        world.checkers().agentTook(host, order.leader());
        gate = false;
        int mine = ++adoptions;
        after(dice.between(Duration.ofMillis(50), Duration.ofMillis(800)), () -> {
            if (mine != adoptions) {
                answer.accept(new AgentAnswer.Refused("another list came meanwhile"));
                return;
            }
            List<InstanceId> destroyed = new ArrayList<>();
            if (world.mutation().agentRules().destroysStrangers()) {
                for (Host.Guest guest : List.copyOf(host.guests())) {
                    if (isStranger(guest)) {
                        destroyed.add(guest.instance());
                        world.story().tell(host.party(), "destroys the stranger " + world.name(guest.instance()));
                        host.end(guest.instance());
                        lanes.remove(guest.instance());
                    }
                }
            }
            host.memory = host.memory.inBoot(host.bootId());
            gate = true;
            converge();
            answer.accept(new AgentAnswer.Accepted(reports(), destroyed));
        });
    }

    private boolean isStranger(Host.Guest guest) {
        Wanted wanted = host.memory.owned().get(guest.instance());
        return wanted == null || !wanted.generation().equals(guest.generation());
    }

    private void converge() {
        host.memory.owned().forEach((instance, wanted) -> {
            Lane lane = lane(instance);
            if (wanted.goal() == InstanceGoal.RUNNING) {
                lane.startDue = true;
            }
            look(instance, lane);
        });
    }

    /** Answers when the goal is reached or cannot be. */
    void apply(InstanceOrder order, Consumer<AgentAnswer> answer) {
        run(() -> applyNow(order, answer));
    }

    private void applyNow(InstanceOrder order, Consumer<AgentAnswer> answer) {
        switch (world.mutation().agentRules().rule(host.memory, order, host.bootId())) {
            case Ruling.Stale(String reason) -> {
                answer.accept(new AgentAnswer.Stale(reason));
                return;
            }
            case Ruling.Refused(String reason) -> {
                answer.accept(new AgentAnswer.Refused(reason));
                return;
            }
            case Ruling.Known() -> {}
            case Ruling.Take(AgentMemory next) -> host.memory = next;
        }
        world.checkers().agentTook(host, order.leader());
        Lane lane = lane(order.instance());
        lane.startDue = order.goal() == InstanceGoal.RUNNING;
        lane.deaths = 0;
        lane.waiting.add(answer);
        look(order.instance(), lane);
    }

    // ---- one instance

    private Lane lane(InstanceId instance) {
        return lanes.computeIfAbsent(instance, id -> new Lane());
    }

    private void look(InstanceId instance, Lane lane) {
        Wanted wanted = host.memory.owned().get(instance);
        if (lane.busy || wanted == null || !gate) {
            return;
        }
        Host.Guest guest = host.guest(instance);
        switch (wanted.goal()) {
            case RUNNING -> run(instance, lane, wanted, guest);
            case STOPPED -> end(instance, lane, wanted, guest, ActualState.STOPPED);
            case DELETED -> end(instance, lane, wanted, guest, ActualState.DELETED);
            case PAUSED, SUSPENDED ->
                throw new IllegalStateException(
                        "no owner of this world holds an instance, and " + instance + " is held");
        }
    }

    private void run(InstanceId instance, Lane lane, Wanted wanted, Host.@Nullable Guest guest) {
        if (guest != null) {
            if (!guest.generation().equals(wanted.generation())) {
                // The same home at a newer generation: it goes on, and is known by the new one.
                host.relabel(instance, wanted.generation());
            }
            say(lane, report(instance, wanted.generation(), ActualState.RUNNING, ""));
            return;
        }
        if (!lane.startDue) {
            InstanceReport last = lane.report;
            if (last != null && last.generation().equals(wanted.generation())) {
                say(lane, last);
            } else {
                say(lane, report(instance, wanted.generation(), ActualState.FAILED, "does not run here"));
            }
            return;
        }
        lane.startDue = false;
        lane.busy = true;
        startWhenStorageAnswers(instance, lane, wanted);
    }

    private void startWhenStorageAnswers(InstanceId instance, Lane lane, Wanted wanted) {
        after(dice.between(Duration.ofMillis(300), Duration.ofMillis(2500)), () -> {
            if (!world.storage().reachable(host) || !host.hypervisor().answers()) {
                startWhenStorageAnswers(instance, lane, wanted);
                return;
            }
            lane.busy = false;
            Wanted now = host.memory.owned().get(instance);
            if (!wanted.equals(now) || !gate) {
                look(instance, lane);
                return;
            }
            if (dice.chance(host.startFailures())
                    || host.hypervisor().refusesStart()
                    || world.migrations().refusesStart(instance, host.id())) {
                answer(lane, new AgentAnswer.Refused("the hypervisor refused"));
                tell(lane, report(instance, wanted.generation(), ActualState.FAILED, "the hypervisor refused"));
                return;
            }
            host.start(instance, wanted.generation());
            say(lane, report(instance, wanted.generation(), ActualState.RUNNING, ""));
        });
    }

    private void end(InstanceId instance, Lane lane, Wanted wanted, Host.@Nullable Guest guest, ActualState reached) {
        if (guest == null) {
            say(lane, report(instance, wanted.generation(), reached, ""));
            return;
        }
        lane.busy = true;
        after(dice.between(Duration.ofMillis(50), Duration.ofMillis(500)), () -> {
            lane.busy = false;
            if (!host.hypervisor().answers() || host.hypervisor().refusesStop()) {
                after(AUDIT, () -> look(instance, lane));
                return;
            }
            host.end(instance);
            look(instance, lane);
        });
    }

    /** The guest ended by itself and in good order. */
    void guestStopped(InstanceId instance) {
        run(() -> {
            Wanted wanted = host.memory.owned().get(instance);
            if (wanted != null && host.guest(instance) == null) {
                say(lane(instance), report(instance, wanted.generation(), ActualState.STOPPED, ""));
            }
        });
    }

    void guestDied(InstanceId instance) {
        run(() -> {
            Wanted wanted = host.memory.owned().get(instance);
            Lane lane = lane(instance);
            if (wanted == null || wanted.goal() != InstanceGoal.RUNNING || host.guest(instance) != null) {
                return;
            }
            say(lane, report(instance, wanted.generation(), ActualState.FAILED, "its process died"));
            if (++lane.deaths <= QUICK_DEATHS) {
                after(Duration.ofSeconds(lane.deaths), () -> {
                    InstanceReport shown = lane.report;
                    if (wanted.equals(host.memory.owned().get(instance))
                            && shown != null
                            && shown.actual() == ActualState.FAILED) {
                        lane.startDue = true;
                        look(instance, lane);
                    }
                });
            }
        });
    }

    /** Its guest says that it is healthy. Where the channel is, the hypervisor knows. */
    void heard(GuestBeats.Life life) {
        run(() -> {
            Lane lane = lane(life.instance);
            if (lane.busy || !host.hypervisor().answers()) {
                after(AUDIT, () -> heard(life));
                return;
            }
            lane.heard = life;
            Host.Guest guest = host.guest(life.instance);
            Wanted wanted = host.memory.owned().get(life.instance);
            if (guest != null && wanted != null && wanted.generation().equals(guest.generation())) {
                tell(lane, report(life.instance, guest.generation(), ActualState.RUNNING, ""));
            }
        });
    }

    // ---- reports

    private InstanceReport report(
            InstanceId instance, io.holdfast.model.Generation generation, ActualState actual, String detail) {
        GuestBeats.Life life = world.beats().life(host, instance);
        boolean said = life != null && lane(instance).heard == life;
        boolean cameUp = actual == ActualState.RUNNING
                && (said || !world.mutation().agentRules().waitsForTheGuest());
        return new InstanceReport(
                instance, generation, actual, cameUp, detail, world.timeline().instant());
    }

    private void say(Lane lane, InstanceReport report) {
        answer(lane, new AgentAnswer.Accepted(List.of(report), List.of()));
        tell(lane, report);
    }

    private void tell(Lane lane, InstanceReport report) {
        lane.report = report;
        world.controllers().forEach(controller -> controller.hear(host, report));
    }

    private static void answer(Lane lane, AgentAnswer answer) {
        List<Consumer<AgentAnswer>> waiting = List.copyOf(lane.waiting);
        lane.waiting.clear();
        waiting.forEach(one -> one.accept(answer));
    }

    /** All that is here now. */
    List<InstanceReport> reports() {
        List<InstanceReport> reports = new ArrayList<>();
        host.memory.owned().forEach((instance, wanted) -> {
            Lane lane = lane(instance);
            Host.Guest guest = host.guest(instance);
            if (guest != null && guest.generation().equals(wanted.generation())) {
                reports.add(report(instance, guest.generation(), ActualState.RUNNING, ""));
            } else if (lane.busy || lane.startDue) {
                reports.add(report(instance, wanted.generation(), ActualState.BUILDING, ""));
            } else if (lane.report != null && lane.report.generation().equals(wanted.generation())) {
                reports.add(lane.report);
            }
        });
        return reports;
    }
}
