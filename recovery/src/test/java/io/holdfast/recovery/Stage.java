package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.recovery.sim.InMemoryCases;
import io.holdfast.recovery.sim.InMemoryFailoverSegments;
import io.holdfast.recovery.sim.InMemoryMoves;
import io.holdfast.recovery.sim.InMemoryOrders;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** Three hosts with simulated power, the real fencer and scheduler, a journal, and an engine that can be killed. */
final class Stage implements AutoCloseable {

    static final Actor OPERATOR = new Actor("monitor-7", "api");

    final World world = new World();
    final SimulatedPower power = SimulatedPower.inNoTime(world::power);
    final InMemoryFenceJournal fenceJournal = new InMemoryFenceJournal();
    final List<Fact> told = new CopyOnWriteArrayList<>();
    final AtomicReference<Optional<LeaderEpoch>> leader = new AtomicReference<>(Optional.of(LeaderEpoch.of(1)));
    final InMemoryCases cases = new InMemoryCases();
    final InMemoryOrders orders = new InMemoryOrders();
    final InMemoryFailoverSegments segments =
            new InMemoryFailoverSegments(World.SEGMENT.value(), InstantSource.system());
    final InMemoryMoves moves = new InMemoryMoves();
    final Map<HostId, List<SignsOfLife.Sign>> signs = new ConcurrentHashMap<>();
    final HostId h1 = world.host("h1");
    final HostId h2 = world.host("h2");
    final HostId h3 = world.host("h3");
    final Fencer fencer;
    CaseJournal journal = cases;
    RecoverySettings settings = quick();
    RecoveryEngine engine;

    Stage() {
        Map<HostId, FenceDevice> devices = new HashMap<>();
        List.of(h1, h2, h3).forEach(host -> devices.put(host, power.device(host)));
        fencer = new Fencer(
                FenceDevices.one(devices),
                fenceJournal,
                (segment, epoch) -> true,
                FencingSettings.defaults(),
                InstantSource.system());
    }

    /** Short times, so that a test sees what otherwise takes minutes. */
    static RecoverySettings quick() {
        return new RecoverySettings(
                2,
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                4,
                0.5,
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                3,
                Duration.ofSeconds(1),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofSeconds(5),
                4,
                32,
                Duration.ofSeconds(1),
                Duration.ofMillis(10),
                Duration.ofMillis(50),
                GuardSettings.defaults(),
                ProofSettings.defaults(),
                UnfenceSettings.defaults(),
                InstanceSettings.defaults());
    }

    RecoveryEngine start() {
        engine = engine(leader);
        engine.start();
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(10)).until(engine::indexed);
        return engine;
    }

    RecoveryEngine engine(AtomicReference<Optional<LeaderEpoch>> leadership) {
        return new RecoveryEngine(
                World.SEGMENT,
                leadership::get,
                world,
                world,
                world,
                world,
                fencing(fencer),
                new Scheduler(SchedulerSettings.defaults()),
                journal,
                moves,
                told::addAll,
                Verdicts.ignored(),
                orders,
                segments,
                host -> List.copyOf(signs.getOrDefault(host, List.of())),
                settings,
                InstantSource.system());
    }

    static Fencing fencing(Fencer fencer) {
        return new Fencing() {
            @Override
            public FenceResult fence(FenceRequest request) {
                return fencer.fence(request);
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
                return false;
            }

            @Override
            public Optional<KernelDump> dump(HostId host, boolean patient) {
                return Optional.empty();
            }
        };
    }

    void suspect(HostId host) {
        engine.onMembership(new MembershipEvent.Suspected(
                host, List.of(new Evidence(Signal.LEASE, "absent for 300 ms", Instant.now(), 0L)), Instant.now()));
    }

    void lose(HostId host) {
        engine.onMembership(new MembershipEvent.Lost(
                host,
                "lease, group and probe agree",
                List.of(
                        new Evidence(Signal.LEASE, "absent for 900 ms", Instant.now(), 0L),
                        new Evidence(Signal.PROBE, "silent for 800 ms", Instant.now(), 0L)),
                Instant.now()));
    }

    void loseWithPowerOff(HostId host) {
        engine.onMembership(new MembershipEvent.Lost(
                host,
                "its power reads off",
                List.of(new Evidence(Signal.POWER, "power off", Instant.now(), 0L)),
                Instant.now()));
    }

    void join(HostId host, String boot) {
        engine.onMembership(new MembershipEvent.Joined(
                host,
                new HostRegistration(
                        host, World.SEGMENT, "zone", boot, "s-" + boot, "127.0.0.1", 1, new Resources(16, 16_384, 100)),
                Instant.now()));
    }

    CaseView newest(HostId host) {
        return cases.newest(host)
                .map(stored -> CaseViews.of(
                        stored.state(), cases.timeline(stored.state().id())))
                .orElseThrow(() -> new AssertionError("no case of " + host));
    }

    void awaitState(HostId host, String state) {
        await().dontCatchUncaughtExceptions().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(cases.newest(host)).isPresent();
            assertThat(newest(host).state()).isEqualTo(state);
        });
    }

    void awaitInstance(HostId host, InstanceId id, String state) {
        await().dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(line(host, id).state()).isEqualTo(state));
    }

    CaseView.InstanceLine line(HostId host, InstanceId id) {
        return newest(host).instances().stream()
                .filter(line -> line.instance().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("not in the case: " + id));
    }

    List<String> kinds(HostId host) {
        return newest(host).timeline().stream().map(CaseView.Entry::kind).toList();
    }

    List<String> facts(InstanceId id) {
        return cases.facts().stream()
                .filter(fact -> fact.subject().equals("instance/" + id))
                .map(Fact::type)
                .toList();
    }

    List<String> hostFacts(HostId host) {
        return cases.facts().stream()
                .filter(fact -> fact.subject().equals("host/" + host))
                .map(Fact::type)
                .toList();
    }

    void assertSafe() {
        assertThat(world.violations()).as("S1 and S2").isEmpty();
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        }
        assertSafe();
    }
}
