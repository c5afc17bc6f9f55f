package io.holdfast.chaos.sim;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.ActPermit;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.PowerOn;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.Actor;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.RecoveryEngine;
import io.holdfast.recovery.RemoteCalls;
import io.holdfast.recovery.SignsOfLife;
import io.holdfast.recovery.SteadyClock;
import io.holdfast.recovery.Verdicts;
import io.holdfast.recovery.Workers;
import io.holdfast.scheduler.Scheduler;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of a controller, from its start to its death. Everything it does goes through {@link #run}: nothing once it
 * is dead, later while it is paused.
 */
final class ControllerProcess {

    static final Duration SESSION = Duration.ofSeconds(1);

    private static final Duration RPC = Duration.ofSeconds(15);

    private static final Duration RECONNECT = Duration.ofSeconds(1);

    private final World world;
    private final Controller controller;
    private final Dice dice;
    private final Deque<Runnable> backlog = new ArrayDeque<>();
    private final InstantSource clock;
    private final DatabaseClient database;
    private final ActPermit permit;
    private final LeaderShell leader;
    private final FenceShell fencing;
    private final SlotShell slots;
    private final MembershipShell membership;
    private final RecoveryEngine engine;
    private final GoalShell goals;
    private final Map<HostId, List<SignsOfLife.Sign>> heard = new HashMap<>();
    private ZooKeeper.@Nullable Session session;
    private boolean alive = true;
    private boolean paused;
    private boolean connected;
    private boolean turnDue;
    private Timeline.@Nullable Event wake;
    private long wakeAt;

    ControllerProcess(World world, Controller controller) {
        this.world = world;
        this.controller = controller;
        this.dice = world.dice("process of " + controller.name());
        this.clock = new SteadyClock(controller.clock(), controller::nanos);
        this.database = new DatabaseClient(world, controller.name(), this::deliver);
        this.leader = new LeaderShell(this, this::leadershipChanged);
        this.permit = world.mutation().permit(world, leader);
        Scheduler scheduler = new Scheduler(world.settings().scheduler());
        this.fencing = new FenceShell(this, clock());
        MembershipSettings settings = world.settings().membership();
        this.engine = new RecoveryEngine(
                World.SEGMENT,
                leader::current,
                database.hosts(),
                database.claims(),
                database.withdrawals(),
                database.instances(),
                fencing,
                scheduler,
                database.cases(),
                database.moves(),
                facts -> world.subscribers().tellNow(controller.name(), facts),
                verdicts(),
                database.orders(),
                database.failover(),
                this::signsOfLife,
                world.settings().recovery(),
                clock(),
                new VirtualWorkers(),
                new Remote(),
                world.dice("ids of " + controller.name())::uuid);
        this.goals = new GoalShell(this, scheduler, engine::avoids, engine::holdsStart);
        this.slots = new SlotShell(this, this::slotsSeen);
        this.membership = new MembershipShell(this, settings, new MembershipMachine(settings), this::concluded);
    }

    void begin() {
        tell("starts");
        engine.listen();
        goals.begin();
        leader.begin();
        connect();
        expectHosts();
        membership.groupChanged();
        turnSoon();
    }

    private void slotsSeen(Map<HostId, SlotSign> signs) {
        membership.slotsSeen(signs);
    }

    private void connect() {
        ZooKeeper.Session opened = world.zooKeeper().connect(name(), SESSION, new ZooKeeper.Owner() {
            @Override
            public void disconnected() {
                run(() -> {
                    connected = false;
                    slots.disturbed();
                    membership.observe(new Observation.CoordinationLost());
                });
            }

            @Override
            public void reconnected() {
                run(ControllerProcess.this::restored);
            }

            @Override
            public void expired() {
                run(() -> {
                    leader.depose();
                    slots.disturbed();
                    if (connected) {
                        connected = false;
                        membership.observe(new Observation.CoordinationLost());
                    }
                    connect();
                });
            }
        });
        session = opened;
        waitForConnection(opened);
    }

    private void waitForConnection(ZooKeeper.Session mine) {
        if (mine != session || mine.ended()) {
            return;
        }
        if (world.zooKeeper().reachable(name())) {
            restored();
        } else {
            after(Duration.ofMillis(300), () -> waitForConnection(mine));
        }
    }

    private void restored() {
        if (!connected) {
            connected = true;
            slots.disturbed();
            membership.observe(new Observation.CoordinationRestored());
            membership.leasesChanged();
        }
    }

    private void expectHosts() {
        try {
            List<HostId> known = database.hosts().list().stream()
                    .filter(host -> host.state() == io.holdfast.compute.HostState.JOINING
                            || host.state() == io.holdfast.compute.HostState.SERVING)
                    .map(io.holdfast.compute.ComputeHost::id)
                    .toList();
            membership.observe(new Observation.Expected(known));
        } catch (DatabaseAway away) {
            after(Duration.ofSeconds(1), this::expectHosts);
        }
    }

    // ---- what the parts need

    World world() {
        return world;
    }

    String name() {
        return controller.name();
    }

    Dice dice() {
        return dice;
    }

    DatabaseClient database() {
        return database;
    }

    ActPermit permit() {
        return permit;
    }

    RecoveryEngine engine() {
        return engine;
    }

    SlotShell slots() {
        return slots;
    }

    MembershipShell membership() {
        return membership;
    }

    /**
     * An operator's word that a host is dead. The product's caller waits while the signals are asked; here they are asked
     * first, and the engine is given the word when all have spoken or are out of time.
     *
     * @param said gets what the engine is asked; it may be refused, by an exception
     */
    void confirmDead(HostId host, Actor by, String reason, Set<String> overridden, Consumer<Runnable> said) {
        membership.signsOfLife(
                host,
                signs -> said.accept(() -> {
                    heard.put(
                            host,
                            signs.stream()
                                    .map(sign -> new SignsOfLife.Sign(
                                            sign.signal().name().toLowerCase(Locale.ROOT), sign.reading()))
                                    .toList());
                    try {
                        engine.confirmDead(host, by, reason, overridden);
                    } finally {
                        heard.remove(host);
                    }
                }));
    }

    /** What was heard when the signals were asked; the engine asks only for a word, and {@link #confirmDead} brings that. */
    private List<SignsOfLife.Sign> signsOfLife(HostId host) {
        List<SignsOfLife.Sign> signs = heard.get(host);
        if (signs == null) {
            throw new IllegalStateException("nobody has asked the signals of " + host);
        }
        return signs;
    }

    boolean isOriented() {
        return membership.isOriented();
    }

    LeaderShell leadership() {
        return leader;
    }

    GoalShell goals() {
        return goals;
    }

    ZooKeeper.@Nullable Session session() {
        return session;
    }

    boolean connected() {
        return connected;
    }

    Optional<LeaderEpoch> leader() {
        return leader.current();
    }

    /** By its own monotonic clock. */
    long nanos() {
        return controller.nanos();
    }

    /** Wall time as recovery reckons with it. */
    InstantSource clock() {
        return clock;
    }

    void tell(String what) {
        world.story().tell(name(), what);
    }

    /** Something has to wait for the next round; counted, because a counter that stands still says that nothing fails. */
    void missed(String what) {
        world.figures().missed(what);
    }

    Duration callTime() {
        return dice.between(Duration.ofNanos(500_000), Duration.ofMillis(5));
    }

    // ---- time

    Timeline.Event after(Duration delay, Runnable what) {
        return world.timeline().after(controller.stretched(delay), () -> run(what));
    }

    void run(Runnable what) {
        if (!alive) {
            return;
        }
        if (paused) {
            backlog.add(what);
        } else {
            what.run();
            turnSoon();
        }
    }

    /** Its wall clock was set. */
    void clockStepped(Duration by) {
        run(() -> membership.clockStepped(by));
        turnSoon();
    }

    void pause() {
        paused = true;
        ZooKeeper.Session mine = session;
        if (mine != null) {
            mine.silent(true);
        }
        membership.group().deaf(true);
    }

    /** Goes on with what it had before it, as if nothing had been. */
    void goOn(Duration gap) {
        paused = false;
        ZooKeeper.Session mine = session;
        List<Runnable> waited = List.copyOf(backlog);
        backlog.clear();
        // What it was about to do when it was stopped, it does first; only then it can notice anything.
        waited.forEach(this::run);
        run(() -> membership.wasPaused(gap));
        if (mine != null) {
            mine.silent(false);
        }
        membership.group().deaf(false);
        membership.leasesChanged();
        membership.groupChanged();
    }

    boolean runs() {
        return alive && !paused;
    }

    void die() {
        alive = false;
        backlog.clear();
        membership.group().leave();
        ZooKeeper.Session mine = session;
        if (mine != null) {
            mine.abandon(false);
        }
    }

    /** A round of the engine, as soon as it has something to do. */
    void turnSoon() {
        if (turnDue || !alive) {
            return;
        }
        Duration wait = engine.called() ? Duration.ZERO : engine.untilNext();
        if (wait.isPositive()) {
            wakeAt = world.timeline().now() + controller.stretched(wait).toNanos();
            // Mostly it is put off, by every event anew; then the event that there is looks again when it comes.
            if (wake == null || wake.at() > wakeAt) {
                if (wake != null) {
                    wake.cancel();
                }
                wake = world.timeline().at(wakeAt, this::wakeUp);
            }
            return;
        }
        if (wake != null) {
            wake.cancel();
        }
        turnDue = true;
        wake = null;
        world.timeline().after(Duration.ofNanos(100_000), this::turn);
    }

    private void wakeUp() {
        wake = null;
        if (alive && wakeAt > world.timeline().now()) {
            wake = world.timeline().at(wakeAt, this::wakeUp);
        } else if (alive && !paused) {
            turnDue = true;
            turn();
        } else if (alive) {
            backlog.add(() -> {});
        }
    }

    private void turn() {
        turnDue = false;
        if (!alive) {
            return;
        }
        if (paused) {
            backlog.add(() -> {});
            return;
        }
        try {
            engine.turn(Duration.ZERO);
        } catch (InterruptedException never) {
            throw new IllegalStateException("nobody interrupts a simulation", never);
        }
        turnSoon();
    }

    // ---- between the parts

    private void leadershipChanged() {
        if (leader.isElected()) {
            membership.observe(new Observation.Elected());
        }
        engine.onLeadershipChanged();
        goals.leadershipChanged();
        turnSoon();
    }

    private void concluded(MembershipEvent event) {
        world.figures().concluded(this, event);
        engine.onMembership(event);
        turnSoon();
    }

    private void deliver(InstanceId instance) {
        goals.deliver(instance);
    }

    private Verdicts verdicts() {
        return new Verdicts() {
            @Override
            public void acknowledgeLost(HostId host) {
                run(() -> membership.observe(new Observation.Acknowledged(host, null)));
            }

            @Override
            public void forget(HostId host) {
                run(() -> membership.observe(new Observation.Forgotten(host)));
            }

            @Override
            public String doubt() {
                return membership.doubt();
            }
        };
    }

    // ---- calls to agents

    /** Something that an agent sends to this process. False when it never arrives, because the connection breaks over it. */
    boolean receive(Host host, Runnable arrival) {
        return world.network().transmit(Network.Net.MANAGEMENT, host.party(), name(), true, () -> run(arrival));
    }

    /** A question to an agent; its answer, if one comes. */
    <A> void call(Host host, boolean repeatable, Consumer<Consumer<A>> question, Consumer<A> answer) {
        world.network()
                .transmit(
                        Network.Net.MANAGEMENT,
                        name(),
                        host.party(),
                        repeatable,
                        () -> question.accept(said -> receive(host, () -> answer.accept(said))));
    }

    /** An order to an agent: exactly one answer, by the deadline. */
    void order(Host host, Duration deadline, OrderTo order, Consumer<AgentAnswer> answer) {
        boolean[] answered = new boolean[1];
        Consumer<AgentAnswer> first = said -> {
            if (!answered[0]) {
                answered[0] = true;
                answer.accept(said);
            }
        };
        after(deadline, () -> first.accept(new AgentAnswer.NoAnswer("no answer from " + host.id())));
        call(
                host,
                true,
                (Consumer<AgentAnswer> said) -> whenSomebodyListens(
                        host, world.timeline().now() + deadline.toNanos(), agent -> order.to(agent, said)),
                first);
    }

    /**
     * As a call that waits for its connection: the host that is down when the order is sent may be up again, and another,
     * when it arrives.
     */
    private void whenSomebodyListens(Host host, long until, Consumer<Agent> order) {
        Agent agent = host.agent();
        if (agent != null) {
            order.accept(agent);
        } else if (world.timeline().now() < until) {
            world.timeline().after(RECONNECT, () -> whenSomebodyListens(host, until, order));
        }
    }

    /** Puts an order to an agent. */
    interface OrderTo {
        void to(Agent agent, Consumer<AgentAnswer> answer);
    }

    void apply(InstanceOrder order, Duration deadline, Consumer<AgentAnswer> answer) {
        order(world.host(order.host()), deadline, (agent, said) -> agent.apply(order, said), answer);
    }

    /** What recovery asks of the world outside the store. */
    private final class Remote implements RemoteCalls {

        @Override
        public CompletionStage<FenceResult> fence(FenceRequest request) {
            return fencing.begin(request);
        }

        @Override
        public CompletionStage<PowerOn.Answer> powerOn(PowerOn.Wish wish) {
            return fencing.giveBack(wish);
        }

        @Override
        public CompletionStage<AgentAnswer> admit(HostId host, LeaderEpoch epoch) {
            Database.Admission admission = database.write(() -> world.database().prepare(host, epoch));
            CompletableFuture<AgentAnswer> result = new CompletableFuture<>();
            order(world.host(host), RPC, (agent, said) -> agent.adopt(admission.order(), said), answer -> {
                try {
                    if (answer instanceof AgentAnswer.Accepted accepted) {
                        database.write(() -> {
                            world.database().finish(admission, accepted, epoch);
                            return true;
                        });
                    }
                    result.complete(answer);
                } catch (RuntimeException failed) {
                    result.completeExceptionally(failed);
                }
            });
            return result;
        }

        @Override
        public CompletionStage<Withdrawals.Answer> withdraw(
                InstanceId instance, Generation expected, HostId from, LeaderEpoch epoch, Duration deadline) {
            Database.Look look =
                    database.write(() -> world.database().lookForWithdrawal(instance, expected, from, epoch));
            CompletableFuture<Withdrawals.Answer> result = new CompletableFuture<>();
            switch (look) {
                case Database.Look.Settled settled -> result.complete(settled.answer());
                case Database.Look.Ask ask ->
                    apply(ask.order(), deadline, answer -> {
                        try {
                            result.complete(withdrawn(instance, expected, ask.order(), epoch, answer));
                        } catch (RuntimeException failed) {
                            result.completeExceptionally(failed);
                        }
                    });
            }
            return result;
        }

        private Withdrawals.Answer withdrawn(
                InstanceId instance, Generation expected, InstanceOrder asked, LeaderEpoch epoch, AgentAnswer answer) {
            String not = unconfirmed(answer, instance, expected);
            return not == null
                    ? database.write(() -> world.database().takeHome(instance, expected, asked, epoch))
                    : new Withdrawals.Answer.NotConfirmed(not);
        }

        @Override
        public CompletionStage<Withdrawals.Relocation> follow(
                InstanceId instance,
                Generation expected,
                HostId from,
                HostId to,
                LeaderEpoch epoch,
                Duration deadline) {
            throw new IllegalStateException("nobody but us moves guests in this world");
        }

        @Override
        public CompletionStage<Withdrawals.Relocation> relocate(
                InstanceId instance,
                Generation expected,
                HostId from,
                HostId to,
                LeaderEpoch epoch,
                Duration deadline) {
            Database.Departure departure =
                    database.write(() -> world.database().lookForRelocation(instance, expected, from, to, epoch));
            CompletableFuture<Withdrawals.Relocation> result = new CompletableFuture<>();
            switch (departure) {
                case Database.Departure.Settled settled -> result.complete(settled.answer());
                case Database.Departure.Ask ask
                when !world.mutation().asksTheHome() ->
                    result.complete(
                            database.write(() -> world.database().rehome(instance, expected, ask.order(), to, epoch)));
                case Database.Departure.Ask ask ->
                    apply(ask.order(), deadline, answer -> {
                        try {
                            String not = unconfirmed(answer, instance, expected);
                            result.complete(
                                    not == null
                                            ? database.write(() ->
                                                    world.database().rehome(instance, expected, ask.order(), to, epoch))
                                            : new Withdrawals.Relocation.NotConfirmed(not));
                        } catch (RuntimeException failed) {
                            result.completeExceptionally(failed);
                        }
                    });
            }
            return result;
        }

        private static @Nullable String unconfirmed(AgentAnswer answer, InstanceId instance, Generation expected) {
            return switch (answer) {
                case AgentAnswer.Accepted accepted ->
                    confirmed(accepted.reports(), instance, expected)
                            ? null
                            : "it did not say that the instance is stopped";
                case AgentAnswer.Stale stale -> stale.reason();
                case AgentAnswer.Refused refused -> refused.reason();
                case AgentAnswer.NoAnswer none -> none.reason();
            };
        }

        private static boolean confirmed(List<InstanceReport> reports, InstanceId instance, Generation expected) {
            return reports.stream()
                    .anyMatch(report -> report.instance().equals(instance)
                            && report.generation().equals(expected.next())
                            && report.actual() == io.holdfast.compute.ActualState.STOPPED);
        }
    }

    /** The engine's calls, in virtual time. */
    private final class VirtualWorkers implements Workers {

        @Override
        public void run(Runnable call) {
            after(callTime(), call);
        }

        @Override
        public void runAfter(Duration pause, Runnable call) {
            after(pause, call);
        }

        /** The caller is the world, and the owner's rounds are taken here until it has answered. */
        @Override
        public <T> T await(CompletableFuture<T> answer, Duration limit)
                throws ExecutionException, InterruptedException, TimeoutException {
            for (int round = 0; round < 10 && !answer.isDone(); round++) {
                engine.turn(Duration.ZERO);
            }
            if (!answer.isDone()) {
                throw new TimeoutException("not within " + limit);
            }
            return answer.get();
        }

        @Override
        public void close() {
            die();
        }
    }
}
