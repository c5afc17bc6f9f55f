package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KernelDump;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.Signal;
import io.holdfast.membership.health.Reaction;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.sim.InMemoryCases;
import io.holdfast.recovery.sim.InMemoryFailoverSegments;
import io.holdfast.recovery.sim.InMemoryMoves;
import io.holdfast.recovery.sim.InMemoryOrders;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The real engine, scheduler and fencer in a time that we own: one thread does everything, in an order that is the same
 * each time, and ten minutes pass at once.
 */
final class VirtualStage implements AutoCloseable {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Pattern CUT_SHORT = Pattern.compile("no time was left|nothing was ordered"
            + "|not answered before the deadline|has power before the deadline$");

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final Actor OPERATOR = new Actor("monitor-7", "api");

    final World world = new World();
    final SimulatedPower power = SimulatedPower.inNoTime(world::power);
    final InMemoryFenceJournal fenceJournal = new InMemoryFenceJournal();
    final InMemoryCases cases = new InMemoryCases();
    final InMemoryOrders orders = new InMemoryOrders();
    final InMemoryFailoverSegments segments = new InMemoryFailoverSegments(World.SEGMENT.value(), this::now);

    /** Why this controller trusts its own hearing not; empty when it does. */
    String doubt = "";

    final InMemoryMoves moves = new InMemoryMoves();
    final Map<HostId, List<SignsOfLife.Sign>> signs = new ConcurrentHashMap<>();
    final HostId h1 = world.host("h1");
    final HostId h2 = world.host("h2");
    final HostId h3 = world.host("h3");
    final Later workers = new Later();
    private final Fencer fencer;
    private final CaseJournal journal;
    private final RecoverySettings settings;
    private final AtomicReference<Optional<LeaderEpoch>> leader = new AtomicReference<>(Optional.empty());
    private long elections;
    private Instant now = START;
    RecoveryEngine engine;

    /** What is heard of kernel dumps. */
    BiFunction<HostId, Boolean, Optional<KernelDump>> dumps = (host, patient) -> Optional.empty();

    /** Happens after an attempt to fence has begun, and before its order. */
    boolean provenByCrash;

    Runnable whenFenceBegins = () -> {};

    /** What is to run waits until {@link VirtualStage} runs it. */
    final class Later implements Workers {

        private record Timed(Instant at, Runnable call) {}

        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private final List<Timed> timed = new ArrayList<>();
        private final NavigableMap<Long, Runnable> echoes = new TreeMap<>();
        private long begun;

        /** Each call happens once more after so many others have begun; never if it is negative. */
        int echoAfter = -1;

        @Override
        public void run(Runnable call) {
            waiting.add(call);
        }

        @Override
        public void runAfter(Duration pause, Runnable call) {
            timed.add(new Timed(now.plus(pause), call));
        }

        @Nullable
        Runnable poll() {
            for (Timed one : List.copyOf(timed)) {
                if (!one.at().isAfter(now)) {
                    timed.remove(one);
                    waiting.add(one.call());
                }
            }
            if (!echoes.isEmpty() && echoes.firstKey() <= begun) {
                return echoes.pollFirstEntry().getValue();
            }
            Runnable call = waiting.poll();
            if (call != null) {
                begun++;
                if (echoAfter >= 0) {
                    echoes.put(begun + echoAfter, call);
                }
            }
            return call;
        }

        Duration untilNext() {
            return timed.stream()
                    .map(one -> Duration.between(now, one.at()))
                    .min(Duration::compareTo)
                    .orElse(Duration.ofDays(1));
        }

        @Override
        public void close() {
            waiting.clear();
            timed.clear();
            echoes.clear();
        }
    }

    VirtualStage(RecoverySettings settings, UnaryOperator<CaseJournal> wrapped) {
        this.settings = settings;
        this.journal = wrapped.apply(cases);
        Map<HostId, FenceDevice> devices = new HashMap<>();
        List.of(h1, h2, h3).forEach(host -> devices.put(host, power.device(host)));
        fencer = new Fencer(
                FenceDevices.one(devices),
                fenceJournal,
                (segment, epoch) -> true,
                FencingSettings.defaults(),
                () -> now);
        world.wall = () -> now;
        engine = elect();
    }

    /** Times as an installation has them, but two attempts to fence instead of three. */
    static RecoverySettings usual() {
        return settings(2, 1.0, 4, 32, 4);
    }

    static RecoverySettings settings(
            int fenceAttempts, double share, int startsPerDestination, int startsTotal, int fences) {
        RecoverySettings s = RecoverySettings.defaults();
        return new RecoverySettings(
                fenceAttempts,
                s.fenceDeadline(),
                s.fenceBackoff(),
                s.operatorRetry(),
                fences,
                share,
                s.holdRecheck(),
                s.holdEscalation(),
                s.startAttempts(),
                s.startTimeout(),
                s.retryBackoff(),
                s.replanInterval(),
                s.instanceDeadline(),
                startsPerDestination,
                startsTotal,
                s.callDeadline(),
                Duration.ofMillis(10),
                s.scanInterval(),
                s.guards(),
                s.proofs(),
                s.unfence(),
                s.instances());
    }

    private RecoveryEngine elect() {
        leader.set(Optional.of(LeaderEpoch.of(++elections)));
        RecoveryEngine elected = new RecoveryEngine(
                World.SEGMENT,
                leader::get,
                world,
                world,
                world,
                world,
                fencing(),
                new Scheduler(SchedulerSettings.defaults()),
                journal,
                moves,
                facts -> {},
                verdicts(),
                orders,
                segments,
                host -> List.copyOf(signs.getOrDefault(host, List.of())),
                settings,
                () -> now,
                workers,
                RemoteCalls.blocking(fencing(), world, world),
                UUID::randomUUID);
        elected.listen();
        elected.onLeadershipChanged();
        return elected;
    }

    private Verdicts verdicts() {
        return new Verdicts() {
            @Override
            public void acknowledgeLost(HostId host) {}

            @Override
            public void forget(HostId host) {}

            @Override
            public String doubt() {
                return doubt;
            }
        };
    }

    /** The same controller loses its leadership and gets it again, before its engine has a turn. */
    void electAnew() {
        leader.set(Optional.of(LeaderEpoch.of(++elections)));
        engine.onLeadershipChanged();
    }

    /**
     * ZooKeeper does not answer for a moment, in which the calls that were submitted are begun; the engine has no turn in it,
     * and so does not notice.
     */
    void beginCallsInAMomentOfDoubt() {
        Optional<LeaderEpoch> mine = leader.getAndSet(Optional.empty());
        for (Runnable call = workers.poll(); call != null; call = workers.poll()) {
            call.run();
        }
        leader.set(mine);
    }

    /** The controller dies with all that it had under way, and another one is elected. */
    void restart() {
        workers.close();
        engine = elect();
        settle();
    }

    /**
     * An attempt that its deadline ended before it had asked, ordered and asked again was cut short by a busy machine and by
     * nothing of the story. It is made again with more time.
     */
    private FenceResult illDeviceFences(FenceRequest r) {
        Duration time = Duration.ofMillis(300);
        FenceResult result = fencer.fence(r.within(time));
        while (result instanceof FenceResult.Unknown unknown
                && CUT_SHORT.matcher(unknown.reason()).find()
                && time.compareTo(LONG) < 0) {
            time = time.multipliedBy(4);
            result = fencer.fence(r.within(time));
        }
        return result;
    }

    /**
     * The fencer's own time is real. A device that is ill shall not cost seconds of it, and one that is well shall not
     * be late because the machine is busy.
     */
    private Fencing fencing() {
        return new Fencing() {
            @Override
            public FenceResult fence(FenceRequest r) {
                whenFenceBegins.run();
                return power.isWell(r.host()) ? fencer.fence(r.within(LONG)) : illDeviceFences(r);
            }

            @Override
            public FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
                return fencer.acceptWord(caseId, host, epoch, by, reason);
            }

            @Override
            public FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
                return fencer.confirmDead(caseId, host, epoch, by, reason);
            }

            @Override
            public List<String> levels(HostId host) {
                return fencer.levels(host);
            }

            @Override
            public Optional<FenceProof> restore(HostId host, HostEpoch epoch) {
                return fencer.restore(host, epoch);
            }

            @Override
            public PowerOn.Answer powerOn(PowerOn.Wish wish) {
                return fencer.powerOn(wish);
            }

            @Override
            public boolean isProvenByCrash(HostId host) {
                return provenByCrash;
            }

            @Override
            public Optional<KernelDump> dump(HostId host, boolean patient) {
                return dumps.apply(host, patient);
            }
        };
    }

    RecoverySettings settings() {
        return settings;
    }

    // ---- time

    Instant now() {
        return now;
    }

    /** One round of the owner, or one call; false when nothing is to be done now. */
    boolean once() {
        if (engine.called() || !engine.untilNext().isPositive()) {
            try {
                engine.turn(Duration.ZERO);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(interrupted);
            }
            return true;
        }
        Runnable call = workers.poll();
        if (call == null) {
            return false;
        }
        call.run();
        return true;
    }

    private Duration untilNext() {
        Duration engines = engine.untilNext();
        return engines.compareTo(workers.untilNext()) < 0 ? engines : workers.untilNext();
    }

    /** Rounds of the owner alone, while it has messages: what it submitted to others waits. */
    void owner() {
        while (engine.called()) {
            try {
                engine.turn(Duration.ZERO);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(interrupted);
            }
        }
    }

    void settle() {
        int rounds = 0;
        while (once()) {
            assertThat(++rounds).as("rounds without time passing").isLessThan(10_000);
        }
    }

    /** Lets the time pass, and everything happen that is due in it. */
    void runUntil(Instant until) {
        settle();
        while (now.isBefore(until)) {
            Instant next = now.plus(untilNext());
            now = next.isAfter(until) ? until : next;
            settle();
        }
    }

    void pass(Duration time) {
        runUntil(now.plus(time));
    }

    /** Goes on one act at a time until that is so; false if it never is, for ten minutes. */
    boolean until(BooleanSupplier so) {
        Instant limit = now.plus(Duration.ofMinutes(10));
        while (!so.getAsBoolean()) {
            if (!once()) {
                if (!now.isBefore(limit)) {
                    return false;
                }
                now = now.plus(untilNext());
            }
        }
        return true;
    }

    /** A call that waits for the owner, while the owner works. */
    void call(Runnable verb) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread caller = Thread.ofVirtual()
                .uncaughtExceptionHandler((t, e) -> failure.set(e))
                .start(verb);
        while (caller.isAlive()) {
            settle();
            Thread.onSpinWait();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError(failed);
        }
        settle();
    }

    // ---- what happens

    void suspect(HostId host) {
        engine.onMembership(new MembershipEvent.Suspected(
                host, List.of(new Evidence(Signal.LEASE, "absent for 300 ms", now, 0L)), now));
    }

    void clear(HostId host) {
        engine.onMembership(
                new MembershipEvent.Cleared(host, List.of(new Evidence(Signal.LEASE, "present", now, 0L)), now));
    }

    void ail(HostId host, String reason) {
        engine.onMembership(new MembershipEvent.Degraded(
                host, reason, false, false, List.of(Reaction.TELL, Reaction.STOP_PLACING), List.of(), now));
    }

    void outOfGroup(HostId host) {
        engine.onMembership(new MembershipEvent.Degraded(
                host, "not in the group", true, false, List.of(Reaction.TELL), List.of(), now));
    }

    void hold(HostId host, String doubt) {
        engine.onMembership(new MembershipEvent.Held(host, doubt, List.of(), now));
    }

    void lose(HostId host) {
        engine.onMembership(new MembershipEvent.Lost(
                host,
                "lease, group and probe agree",
                List.of(
                        new Evidence(Signal.LEASE, "absent for 900 ms", now, 0L),
                        new Evidence(Signal.PROBE, "silent for 800 ms", now, 0L)),
                now));
    }

    void loseWithPowerOff(HostId host) {
        engine.onMembership(new MembershipEvent.Lost(
                host, "its power reads off", List.of(new Evidence(Signal.POWER, "power off", now, 0L)), now));
    }

    /** What membership says of a host that is condemned already. */
    void readOff(HostId host) {
        engine.onMembership(
                new MembershipEvent.PowerOff(host, List.of(new Evidence(Signal.POWER, "power off", now, 0L)), now));
    }

    void join(HostId host, String boot) {
        engine.onMembership(new MembershipEvent.Joined(
                host,
                new HostRegistration(
                        host, World.SEGMENT, "zone", boot, "s-" + boot, "127.0.0.1", 1, new Resources(16, 16_384, 100)),
                now));
    }

    void forceDown(HostId host, boolean fenced, String reason) {
        call(() -> engine.forceDown(host, OPERATOR, fenced, reason));
    }

    void clearForceDown(HostId host) {
        call(() -> engine.clearForceDown(host, OPERATOR));
    }

    Recovery.EvacuationAnswer evacuate(String instance, @Nullable HostId target) {
        AtomicReference<Recovery.@Nullable EvacuationAnswer> answer = new AtomicReference<>();
        call(() -> answer.set(engine.evacuate(World.id(instance), target, false, OPERATOR)));
        Recovery.EvacuationAnswer given = answer.get();
        if (given == null) {
            throw new AssertionError("no answer");
        }
        return given;
    }

    void retry(HostId host, String instance) {
        CaseId id = newest(host).id();
        call(() -> engine.retry(id, World.id(instance), OPERATOR));
    }

    void abandon(HostId host, String instance, String reason) {
        CaseId id = newest(host).id();
        call(() -> engine.abandon(id, World.id(instance), OPERATOR, reason));
    }

    void retry(HostId host) {
        CaseId id = newest(host).id();
        call(() -> engine.retry(id, OPERATOR));
    }

    /** Writes what another controller would have left: a host fenced, and its case closed without moving the instance. */
    void closedCaseThatLeftIt(HostId host, InstanceId instance) {
        LeaderEpoch epoch = LeaderEpoch.of(elections);
        power.losePower(host);
        CaseId id = CaseId.of(new UUID(3, 3));
        CaseState state = CaseMachine.open(
                        new CaseMachine.Opening(
                                id,
                                World.SEGMENT,
                                host,
                                HostEpoch.ZERO,
                                "lost",
                                List.of(),
                                null,
                                true,
                                null,
                                new CaseEvent.HoldReviewed(true, ""),
                                List.of(),
                                List.of(),
                                List.of()),
                        now,
                        settings)
                .next();
        world.condemn(host, HostEpoch.ZERO, epoch, List.of());
        FenceProof proof = fencer.acceptWord(id, host, HostEpoch.of(1), OPERATOR, "unplugged");
        world.fenced(proof, epoch, List.of());
        for (CaseEvent event : List.of(
                new CaseEvent.StoreCondemned(),
                new CaseEvent.FenceProven(
                        1, new Phase.Proof(proof.kind().name(), proof.evidence(), proof.at()), List.of()),
                new CaseEvent.InstancesListed(List.of(world.find(instance).orElseThrow())))) {
            state = CaseMachine.step(state, event, now, settings).next();
        }
        assertThat(state.closed()).isTrue();
        assertThat(cases.write(World.SEGMENT, epoch, List.of(new CaseJournal.Write(state, 0, List.of())), List.of()))
                .isEqualTo(CaseJournal.Outcome.DONE);
    }

    CaseState newest(HostId host) {
        return cases.newest(host)
                .orElseThrow(() -> new AssertionError("no case of " + host))
                .state();
    }

    boolean in(HostId host, String phase) {
        return cases.newest(host)
                .filter(stored -> stored.state().phase().word().equals(phase))
                .isPresent();
    }

    void assertSafe() {
        assertThat(world.violations()).as("S1 and S2").isEmpty();
    }

    @Override
    public void close() {
        workers.close();
    }
}
