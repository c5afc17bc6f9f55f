package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Isolates hosts and hands out the proof. The only maker of a {@link FenceProof}.
 *
 * <p><b>Intuition.</b> {@link FenceLadder} knows the rules; {@link LadderRun} carries out what it asks for; this class
 * keeps three promises that a pure function cannot keep: nothing is done that is not written down first, nothing counts
 * that is not written down after, and the caller is back in time whatever device or database do.
 *
 * <p><b>Order of things.</b> Is there a proof for this host and epoch already? Then that is the answer. Otherwise, level by
 * level: read; journal the intent; ask the permit, and whether the host is still to be isolated, in the very thread that
 * then sends the order; order; read back. When a level has proven: journal the proof; return it. When it has not: journal
 * that, and go on with the next one.
 *
 * <p><b>What if we die here?</b> Before the intent is written: nothing happened. Between intent and proof: the host may be
 * off and there is no proof; whoever continues the case fences again, behind the levels that the journal says were left,
 * and "already off" makes that quick. After the proof is written: the next call finds it. A pause of this process between
 * the permit's answer and the order's first packet cannot be excluded from inside; the order then reaches a host that
 * this very epoch's condemnation has already given up, and no newer leader has let it serve again before its own fencing.
 *
 * <p><b>Threads.</b> Any number of threads may call; per host one attempt runs at a time, others wait within their own
 * deadline and then usually find the proof. Each call to a device or to the journal runs in a thread of its own that is
 * interrupted and left behind when it is late (see {@link BoundedCall}).
 */
public final class Fencer {

    private static final Logger LOG = LoggerFactory.getLogger(Fencer.class);

    private final FenceDevices devices;
    private final FenceJournal journal;
    private final ActPermit permit;
    private final FencingSettings settings;
    private final InstantSource wall;
    private final Map<HostId, Lane> lanes = new ConcurrentHashMap<>();

    public Fencer(
            FenceDevices devices,
            FenceJournal journal,
            ActPermit permit,
            FencingSettings settings,
            InstantSource wall) {
        this.devices = devices;
        this.journal = journal;
        this.permit = permit;
        this.settings = settings;
        this.wall = wall;
    }

    /**
     * Isolates a host. Blocks for at most the request's deadline, plus half a second in which the end of an attempt
     * that failed is written down. When interrupted, it ends at once with {@link FenceResult.Unknown} and the
     * interrupt flag set.
     */
    public FenceResult fence(FenceRequest request) {
        long startNanos = System.nanoTime();
        FenceResult result = attempt(request, startNanos);
        long tookMillis = (System.nanoTime() - startNanos) / 1_000_000;
        switch (result) {
            case FenceResult.Proven proven ->
                LOG.info(
                        "fence host={} epoch={} case={} attempt={} requested -> proven in {} ms: {}",
                        request.host(),
                        request.epoch(),
                        request.caseId(),
                        request.attempt(),
                        tookMillis,
                        proven.proof().evidence());
            case FenceResult.Failed failed -> logEnd(request, "failed", tookMillis, failed.reason());
            case FenceResult.Unknown unknown -> logEnd(request, "unknown", tookMillis, unknown.reason());
        }
        return result;
    }

    /**
     * The proof from somebody's word: the caller of force-down states that they have isolated the host themselves.
     *
     * @throws FencingException if it cannot be journaled; then there is no proof
     */
    public FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor actor, String reason) {
        return byWord(
                caseId,
                host,
                epoch,
                actor,
                FenceProof.Kind.CALLER_STATES_FENCED,
                actor + " states that the host is isolated: " + reason);
    }

    /**
     * The proof from an operator's confirmation that the host is dead. Whether any signal says otherwise was asked by the
     * caller; what was overridden is part of the reason.
     *
     * @throws FencingException if it cannot be journaled; then there is no proof
     */
    public FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor actor, String reason) {
        return byWord(
                caseId,
                host,
                epoch,
                actor,
                FenceProof.Kind.OPERATOR_CONFIRMED,
                actor + " confirms that the host is dead: " + reason);
    }

    /** Wall time, by the clock that stamps proofs and rehearsals. */
    Instant now() {
        return wall.instant();
    }

    /** How a host would be isolated, one line for each level, for people. Touches nothing. */
    public List<String> levels(HostId host) {
        return devices.of(host).stream().map(FenceLevel::said).toList();
    }

    private FenceProof byWord(
            CaseId caseId, HostId host, HostEpoch epoch, Actor actor, FenceProof.Kind kind, String evidence) {
        Optional<FenceProof> before = restore(host, epoch);
        if (before.isPresent()) {
            return before.get();
        }
        FenceProof proof = new FenceProof(host, epoch, kind, evidence, wall.instant());
        try {
            journal.append(proof.entry(caseId, 0, 0, "operator", actor));
        } catch (RuntimeException e) {
            throw new FencingException(
                    "cannot journal the word of " + actor + " that host " + host + " runs nothing at epoch " + epoch
                            + "; it does not count until it is written",
                    e);
        }
        LOG.warn(
                "fence host={} epoch={} case={} requested -> proven by word: {}",
                host,
                epoch,
                caseId,
                proof.evidence());
        return proof;
    }

    /** Whether a message of the host's crashed kernel would prove that nothing runs on it, so that such a host is better asked than left to dump. */
    public boolean isProvenByCrash(HostId host) {
        return devices.of(host).stream()
                .flatMap(level -> level.devices().stream())
                .anyMatch(FenceDevice::isHarmless);
    }

    /**
     * The proof that was journaled earlier, by this process or another, if there is one.
     *
     * @throws FencingException if the journal cannot be read
     */
    public Optional<FenceProof> restore(HostId host, HostEpoch epoch) {
        try {
            return journal.proof(host, epoch).map(Fencer::proofOf);
        } catch (RuntimeException e) {
            throw new FencingException("cannot read the fence journal for host " + host + " at epoch " + epoch, e);
        }
    }

    /**
     * Asks the devices of the first level whether a host has power, for whoever wonders whether it is alive. Off is what
     * all of them say. Changes nothing, journals nothing.
     */
    public PowerReading readPower(HostId host, Duration deadline) {
        long startNanos = System.nanoTime();
        lane(host).giveWay(false);
        List<FenceLevel> levels = devices.of(host);
        if (levels.isEmpty()) {
            return new PowerReading(PowerState.UNKNOWN, noDevice(host), Duration.ZERO);
        }
        List<FenceDevice> asked = levels.getFirst().devices();
        List<PowerReading> readings = new ArrayList<>();
        try {
            for (int i = 0; i < asked.size(); i++) {
                Duration share = deadline.minus(since(startNanos)).dividedBy(asked.size() - i);
                readings.add(LadderRun.read(lane(host).probes(new FenceLadder.Place(1, i + 1)), asked.get(i), share));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new PowerReading(PowerState.UNKNOWN, "interrupted while asking", since(startNanos));
        }
        return together(asked, readings, since(startNanos));
    }

    /**
     * Asks every device of every level of a host whether it would do its work, without harm. Journals nothing. Gives way to
     * an attempt and to {@link #readPower}, and never makes them wait. Takes two calls for each device at most.
     *
     * <p>When the calling thread is interrupted by somebody else, it ends with {@link Rehearsed.NotNow} and the interrupt
     * flag set.
     *
     * @param alive whether other signals say that the host lives; asked around each reading
     */
    public Rehearsed rehearse(HostId host, BooleanSupplier alive) {
        Lane lane = lane(host);
        return aside(
                lane,
                Lane.Kind.REHEARSAL,
                () -> new Rehearsed.Done(
                        new RehearsalRun(devices.of(host), lane, settings.callTimeout(), alive, wall).check()),
                Rehearsed.NotNow::new);
    }

    /** Whether any device of the host could be asked for {@link #hardware}. */
    public boolean tellsHardware(HostId host) {
        return devices.of(host).stream()
                .flatMap(level -> level.devices().stream())
                .anyMatch(FenceDevice::tellsHardware);
    }

    /**
     * Asks the devices of a host how its hardware is, one after the other until one knows. Journals nothing, and gives way to
     * everything else that needs them.
     *
     * @param deadline for each device
     */
    public HardwareLook.Answer hardware(HostId host, Duration deadline) {
        Lane lane = lane(host);
        return aside(
                lane,
                Lane.Kind.SURVEY,
                () -> new HardwareLook.Answer.Done(new HardwareLook(devices.of(host), lane, deadline, wall).look()),
                HardwareLook.Answer.NotNow::new);
    }

    /**
     * Gives a host its power back. Gives way to an attempt, and not to {@link #readPower}: a host that is off is asked again and
     * again. Whether it may be is the caller's to ask.
     *
     * @throws RuntimeException when the journal cannot be read or written; then nothing more was ordered
     */
    public PowerOn.Answer powerOn(PowerOn.Wish wish) {
        Lane lane = lane(wish.host());
        List<FenceLevel> levels = devices.of(wish.host());
        if (levels.isEmpty()) {
            return new PowerOn.Answer.NotNow(noDevice(wish.host()));
        }
        if (levels.stream().flatMap(level -> level.devices().stream()).noneMatch(FenceDevice::readsPower)) {
            return new PowerOn.Answer.NotNow("none of the fence devices of host " + wish.host() + " switches power");
        }
        return aside(
                lane,
                Lane.Kind.POWER_ON,
                () -> new PowerOnRun(wish, levels, lane, journal, permit, settings, wall).run(),
                PowerOn.Answer.NotNow::new);
    }

    private interface Work<T> {
        T run() throws InterruptedException;
    }

    /** Does what may be done beside the work in earnest, and gives way to it. */
    private static <T> T aside(Lane lane, Lane.Kind kind, Work<T> work, Function<String, T> notNow) {
        Lane.@Nullable Aside aside = lane.beginAside(kind);
        if (aside == null) {
            return notNow.apply("the host is being fenced, or its devices are in use by another check or order");
        }
        @Nullable T found = null;
        boolean gaveWay = true;
        try {
            found = work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            gaveWay = lane.endAside(aside);
        }
        if (gaveWay) {
            // What was found before is left out too: the devices were asked in the middle of something else.
            return notNow.apply("gave way to a question or an order in earnest");
        }
        return found == null ? notNow.apply("interrupted") : found;
    }

    private static PowerReading together(List<FenceDevice> asked, List<PowerReading> readings, Duration took) {
        if (readings.size() == 1) {
            return readings.getFirst();
        }
        Set<PowerState> states = readings.stream().map(PowerReading::state).collect(Collectors.toSet());
        PowerState state = states.contains(PowerState.ON)
                ? PowerState.ON
                : states.contains(PowerState.UNKNOWN) ? PowerState.UNKNOWN : PowerState.OFF;
        List<String> details = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            details.add(asked.get(i).name() + ": " + readings.get(i).detail());
        }
        return new PowerReading(state, String.join("; ", details), took);
    }

    /**
     * Asks every device once, all at the same time. At start this loads what the first session would otherwise wait for.
     *
     * @return by the name of the device in the settings
     */
    public Map<String, PowerReading> readAll(Duration deadline) {
        Map<String, PowerReading> readings = new ConcurrentHashMap<>();
        List<Thread> threads = devices.all().entrySet().stream()
                .map(each -> Thread.ofVirtual().start(() -> {
                    try {
                        BoundedCall calls = new BoundedCall("fence-look-" + each.getKey());
                        readings.put(each.getKey(), LadderRun.read(calls, each.getValue(), deadline));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .toList();
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
        return new TreeMap<>(readings);
    }

    private FenceResult attempt(FenceRequest request, long startNanos) {
        Lane lane = lane(request.host());
        try {
            if (!lane.attempt().tryAcquire(request.deadline().toNanos(), TimeUnit.NANOSECONDS)) {
                return new FenceResult.Unknown("another attempt on this host is still running", List.of());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new FenceResult.Unknown("interrupted before anything was ordered", List.of());
        }
        lane.giveWay(true);
        LadderRun run =
                new LadderRun(request, devices.of(request.host()), lane, journal, permit, settings, wall, startNanos);
        try {
            return attemptAlone(lane, request, run, startNanos);
        } catch (InterruptedException e) {
            FenceResult.Unknown result = new FenceResult.Unknown(
                    "interrupted; the order to cut the power may have been carried out", List.of());
            run.journalEnd(FenceJournal.UNKNOWN, result.reason(), result.steps());
            // Set again only now: with the flag up, the journal's own waits would give up at once.
            Thread.currentThread().interrupt();
            return result;
        } finally {
            lane.attempt().release();
        }
    }

    /** What the journal says about this life of the host and this attempt. */
    private record Earlier(Optional<FenceJournal.Entry> proof, List<FenceLadder.Left> left) {}

    private FenceResult attemptAlone(Lane lane, FenceRequest request, LadderRun run, long startNanos)
            throws InterruptedException {
        Duration left = request.deadline().minus(since(startNanos));
        Earlier earlier;
        try {
            earlier = lane.journalCalls()
                    .run(
                            () -> {
                                Optional<FenceJournal.Entry> proof = journal.proof(request.host(), request.epoch());
                                return new Earlier(proof, proof.isPresent() ? List.of() : journal.left(request));
                            },
                            left);
        } catch (TimeoutException | ExecutionException e) {
            return new FenceResult.Failed("the fence journal cannot be read: " + LadderRun.reason(e), List.of());
        }
        if (earlier.proof().isPresent()) {
            FenceProof proof = proofOf(earlier.proof().get());
            return new FenceResult.Proven(proof, List.of("already proven at " + proof.at()));
        }
        if (devices.of(request.host()).isEmpty()) {
            return new FenceResult.Failed(noDevice(request.host()), List.of());
        }
        left = request.deadline().minus(since(startNanos));
        if (!left.isPositive()) {
            return new FenceResult.Unknown("no time was left when the attempt could begin", List.of());
        }
        return run.climb(left, earlier.left());
    }

    private Lane lane(HostId host) {
        return lanes.computeIfAbsent(host, Lane::new);
    }

    private static FenceProof proofOf(FenceJournal.Entry entry) {
        Instant at = entry.at();
        return new FenceProof(
                entry.host(), entry.epoch(), FenceProof.Kind.valueOf(entry.result()), entry.evidence(), at);
    }

    private static String noDevice(HostId host) {
        return "no fence device is configured for host " + host
                + "; configure fencing.devices or confirm by force-down --fenced";
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static void logEnd(FenceRequest request, String end, long tookMillis, String reason) {
        LOG.warn(
                "fence host={} epoch={} case={} attempt={} requested -> {} in {} ms: {}",
                request.host(),
                request.epoch(),
                request.caseId(),
                request.attempt(),
                end,
                tookMillis,
                reason);
    }
}
