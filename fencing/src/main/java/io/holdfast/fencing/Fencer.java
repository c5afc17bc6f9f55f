package io.holdfast.fencing;

import io.holdfast.fencing.core.AttemptTiming;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.fencing.core.FenceAttempt.Barred;
import io.holdfast.fencing.core.FenceAttempt.Command;
import io.holdfast.fencing.core.FenceAttempt.DeadlinePassed;
import io.holdfast.fencing.core.FenceAttempt.Event;
import io.holdfast.fencing.core.FenceAttempt.OrderOff;
import io.holdfast.fencing.core.FenceAttempt.Ordered;
import io.holdfast.fencing.core.FenceAttempt.Pause;
import io.holdfast.fencing.core.FenceAttempt.Read;
import io.holdfast.fencing.core.FenceAttempt.ReadPower;
import io.holdfast.fencing.core.FenceAttempt.Step;
import io.holdfast.fencing.core.FenceAttempt.Woke;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Isolates hosts and hands out the proof. The only maker of a {@link FenceProof}.
 *
 * <p><b>Intuition.</b> {@link FenceAttempt} knows the rules; this class carries out what it asks for and keeps three
 * promises that a pure function cannot keep: nothing is done that is not written down first, nothing counts that is not
 * written down after, and the caller is back in time whatever device or database do.
 *
 * <p><b>Order of things.</b> Is there a proof for this host and epoch already? Then that is the answer. Otherwise: read;
 * journal the intent; ask the permit, and whether the host is still to be isolated, in the very thread that then sends the
 * order; order; read back; journal the proof; return it.
 *
 * <p><b>What if we die here?</b> Before the intent is written: nothing happened. Between intent and proof: the host may be
 * off and there is no proof; whoever continues the case fences again, and "already off" makes that quick. After the proof
 * is written: the next call finds it. A pause of this process between the permit's answer and the order's first
 * packet cannot be excluded from inside; the order then reaches a host that this very epoch's condemnation has
 * already given up, and no newer leader has let it serve again before its own fencing.
 *
 * <p><b>Threads.</b> Any number of threads may call; per host one attempt runs at a time, others wait within their own
 * deadline and then usually find the proof. Each call to a device or to the journal runs in a thread of its own that is
 * interrupted and left behind when it is late (see {@link BoundedCall}).
 */
public final class Fencer {

    private static final Logger LOG = LoggerFactory.getLogger(Fencer.class);

    /** How long the result of a failed attempt may take to be written, on top of the deadline. */
    private static final Duration LAST_WORD = Duration.ofMillis(500);

    private final FenceDevices devices;
    private final FenceJournal journal;
    private final ActPermit permit;
    private final FencingSettings settings;
    private final InstantSource wall;
    private final Map<HostId, Lane> lanes = new ConcurrentHashMap<>();

    /**
     * What belongs to one host: one attempt at a time, and the calls under way on its behalf. Probes have a bound of
     * their own, so that however many hang on a dead device, the order to cut the power still goes out.
     *
     * @param ordered the life of the host that an order of ours was for, if that order may have been carried out
     */
    private record Lane(
            Semaphore attempt,
            BoundedCall deviceCalls,
            BoundedCall probes,
            BoundedCall journalCalls,
            AtomicReference<@Nullable HostEpoch> ordered) {}

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

    /** How a host would be isolated, one line for each level, for people. Touches nothing. */
    public List<String> levels(HostId host) {
        return devices.of(host)
                .map(device -> List.of(device.name() + ": power off is ordered, then read back off on a new session"))
                .orElse(List.of());
    }

    private FenceProof byWord(
            CaseId caseId, HostId host, HostEpoch epoch, Actor actor, FenceProof.Kind kind, String evidence) {
        Optional<FenceProof> before = restore(host, epoch);
        if (before.isPresent()) {
            return before.get();
        }
        FenceProof proof = new FenceProof(host, epoch, kind, evidence, wall.instant());
        try {
            journal.append(proofEntry(caseId, proof, "operator", actor.toString()));
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

    /** Asks whether a host has power, for whoever wonders whether it is alive. Changes nothing, journals nothing. */
    public PowerReading readPower(HostId host, Duration deadline) {
        long startNanos = System.nanoTime();
        Optional<FenceDevice> device = devices.of(host);
        if (device.isEmpty()) {
            return new PowerReading(PowerState.UNKNOWN, noDevice(host), Duration.ZERO);
        }
        try {
            return read(lane(host).probes, device.get(), deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new PowerReading(PowerState.UNKNOWN, "interrupted while asking", since(startNanos));
        }
    }

    /**
     * Asks every device once, all at the same time. At start this finds wrong passwords before they are needed, and
     * loads what the first session would otherwise wait for.
     */
    public Map<HostId, PowerReading> readAll(Duration deadline) {
        Map<HostId, PowerReading> readings = new ConcurrentHashMap<>();
        List<Thread> threads = devices.byHost().keySet().stream()
                .map(host -> Thread.ofVirtual().start(() -> readings.put(host, readPower(host, deadline))))
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
            if (!lane.attempt.tryAcquire(request.deadline().toNanos(), TimeUnit.NANOSECONDS)) {
                return new FenceResult.Unknown("another attempt on this host is still running", List.of());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new FenceResult.Unknown("interrupted before anything was ordered", List.of());
        }
        try {
            return attemptAlone(lane, request, startNanos);
        } catch (InterruptedException e) {
            FenceResult.Unknown result = new FenceResult.Unknown(
                    "interrupted; the order to cut the power may have been carried out", List.of());
            journalEnd(lane, request, "UNKNOWN", result.reason(), result.steps());
            // Set again only now: with the flag up, the journal's own waits would give up at once.
            Thread.currentThread().interrupt();
            return result;
        } finally {
            lane.attempt.release();
        }
    }

    private FenceResult attemptAlone(Lane lane, FenceRequest request, long startNanos) throws InterruptedException {
        Duration left = request.deadline().minus(since(startNanos));
        try {
            Optional<FenceJournal.Entry> earlier =
                    lane.journalCalls.run(() -> journal.proof(request.host(), request.epoch()), left);
            if (earlier.isPresent()) {
                FenceProof proof = proofOf(earlier.get());
                return new FenceResult.Proven(proof, List.of("already proven at " + proof.at()));
            }
        } catch (TimeoutException | ExecutionException e) {
            return new FenceResult.Failed("the fence journal cannot be read: " + reason(e), List.of());
        }
        Optional<FenceDevice> device = devices.of(request.host());
        if (device.isEmpty()) {
            return new FenceResult.Failed(noDevice(request.host()), List.of());
        }
        left = request.deadline().minus(since(startNanos));
        if (!left.isPositive()) {
            return new FenceResult.Unknown("no time was left when the attempt could begin", List.of());
        }
        return run(lane, request, device.get(), left, startNanos);
    }

    private FenceResult run(Lane lane, FenceRequest request, FenceDevice device, Duration left, long startNanos)
            throws InterruptedException {
        AttemptTiming timing = new AttemptTiming(
                left,
                settings.callTimeout(),
                settings.readBackPause(),
                settings.readBackPauseMax(),
                settings.ordersMax());
        // Read and set in here only, where this attempt is alone on its host. After a restart nobody knows of the
        // order,
        // and it is given once more.
        Step step = request.epoch().equals(lane.ordered.get())
                ? FenceAttempt.beginAgain(device.name(), timing, System.nanoTime())
                : FenceAttempt.begin(device.name(), timing, System.nanoTime());
        while (!step.ended()) {
            Event event = carryOut(step.commands().getFirst(), lane, request, device);
            if (event instanceof Ordered(PowerOrder order)) {
                // A refused order explains no "off" that is read later.
                lane.ordered.set(order.answer() == PowerOrder.Answer.REFUSED ? null : request.epoch());
            }
            step = FenceAttempt.step(step.next(), event, System.nanoTime());
        }
        return switch (step.next()) {
            case FenceAttempt.Proven proven -> proven(lane, request, device, proven, startNanos);
            case FenceAttempt.Failed failed -> {
                journalEnd(lane, request, "FAILED", failed.reason(), failed.steps());
                yield new FenceResult.Failed(failed.reason(), failed.steps());
            }
            case FenceAttempt.Unknown unknown -> {
                journalEnd(lane, request, "UNKNOWN", unknown.reason(), unknown.steps());
                yield new FenceResult.Unknown(unknown.reason(), unknown.steps());
            }
            case FenceAttempt.Reading s -> throw unfinished(s);
            case FenceAttempt.Ordering s -> throw unfinished(s);
            case FenceAttempt.ReadingBack s -> throw unfinished(s);
            case FenceAttempt.Pausing s -> throw unfinished(s);
        };
    }

    private Event carryOut(Command command, Lane lane, FenceRequest request, FenceDevice device)
            throws InterruptedException {
        return switch (command) {
            case ReadPower read -> new Read(read(lane.deviceCalls, device, read.timeout()));
            case OrderOff order -> order(lane, request, device, order.timeout());
            case Pause pause -> {
                Thread.sleep(pause.length());
                yield new Woke();
            }
        };
    }

    private static PowerReading read(BoundedCall calls, FenceDevice device, Duration timeout)
            throws InterruptedException {
        long startNanos = System.nanoTime();
        try {
            return calls.run(() -> device.readPower(withinCall(timeout)), timeout);
        } catch (TimeoutException | ExecutionException e) {
            return new PowerReading(PowerState.UNKNOWN, reason(e), since(startNanos));
        }
    }

    private Event order(Lane lane, FenceRequest request, FenceDevice device, Duration timeout)
            throws InterruptedException {
        long startNanos = System.nanoTime();
        try {
            lane.journalCalls.run(
                    () -> {
                        journal.appendIntent(
                                entry(request, device.name(), "order-off", "INTENDED", "attempt " + request.attempt()),
                                request.segment(),
                                request.leader());
                        return true;
                    },
                    timeout);
        } catch (TimeoutException | ExecutionException e) {
            return new Barred("the fence journal cannot be written, so the power was not cut: " + reason(e));
        }
        Duration left = timeout.minus(since(startNanos));
        if (!left.isPositive()) {
            return new DeadlinePassed();
        }
        Callable<Event> act = () -> orderIfPermitted(request, device, left);
        try {
            return lane.deviceCalls.run(act, left);
        } catch (TimeoutException | ExecutionException e) {
            return new Ordered(new PowerOrder(PowerOrder.Answer.NO_ANSWER, reason(e), since(startNanos)));
        }
    }

    /** Runs in the thread that sends the order, so that nothing can come between the permit's answer and the order. */
    private Event orderIfPermitted(FenceRequest request, FenceDevice device, Duration timeout) {
        boolean permitted;
        try {
            permitted = permit.mayAct(request.segment(), request.leader());
        } catch (RuntimeException e) {
            return new Barred("cannot tell whether this controller still leads segment " + request.segment()
                    + "; the power was not cut: " + reason(e));
        }
        if (!permitted) {
            return new Barred("this controller no longer leads segment " + request.segment() + " at epoch "
                    + request.leader() + "; the power was not cut");
        }
        String calledOff;
        try {
            calledOff = request.callOff().reason();
        } catch (RuntimeException e) {
            return new Barred(
                    "cannot tell whether the host is still to be isolated; the power was not cut: " + reason(e));
        }
        if (!calledOff.isEmpty()) {
            return new Barred(calledOff + "; the power was not cut");
        }
        if (Thread.currentThread().isInterrupted()) {
            // The caller has given up waiting. It treats the order as unanswered, which is on the safe side.
            return new Barred("too late; the power was not cut");
        }
        return new Ordered(device.powerOff(withinCall(timeout)));
    }

    private FenceResult proven(
            Lane lane, FenceRequest request, FenceDevice device, FenceAttempt.Proven proven, long startNanos)
            throws InterruptedException {
        FenceProof proof = new FenceProof(
                request.host(), request.epoch(), FenceProof.Kind.POWER_READ_OFF, proven.evidence(), wall.instant());
        try {
            lane.journalCalls.run(
                    () -> {
                        journal.append(proofEntry(request.caseId(), proof, device.name(), Actor.HOLDFAST.toString()));
                        return true;
                    },
                    request.deadline().minus(since(startNanos)));
        } catch (TimeoutException | ExecutionException e) {
            // It may have been written all the same; then the next call finds it. Until then it does not count.
            String reason = "the host was read off, but the proof cannot be journaled: " + reason(e);
            return new FenceResult.Unknown(reason, proven.steps());
        }
        return new FenceResult.Proven(proof, proven.steps());
    }

    /** A failed attempt is a fact for people; that it cannot be written changes nothing about it. */
    private void journalEnd(Lane lane, FenceRequest request, String result, String reason, List<String> steps) {
        String device = devices.of(request.host()).map(FenceDevice::name).orElse("none");
        String evidence = steps.isEmpty() ? reason : reason + "; " + String.join("; ", steps);
        try {
            lane.journalCalls.run(
                    () -> {
                        journal.append(entry(request, device, "result", result, evidence));
                        return true;
                    },
                    LAST_WORD);
        } catch (TimeoutException | ExecutionException e) {
            LOG.error(
                    "fence host={} epoch={} case={} result {} is not in the journal: {}",
                    request.host(),
                    request.epoch(),
                    request.caseId(),
                    result,
                    reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Lane lane(HostId host) {
        return lanes.computeIfAbsent(
                host,
                _ -> new Lane(
                        new Semaphore(1),
                        new BoundedCall("fence-device-" + host),
                        new BoundedCall("fence-probe-" + host),
                        new BoundedCall("fence-journal-" + host),
                        new AtomicReference<>()));
    }

    private FenceJournal.Entry entry(FenceRequest request, String device, String act, String result, String evidence) {
        return new FenceJournal.Entry(
                request.caseId(),
                request.host(),
                request.epoch(),
                device,
                act,
                result,
                evidence,
                Actor.HOLDFAST.toString(),
                wall.instant());
    }

    private static FenceJournal.Entry proofEntry(CaseId caseId, FenceProof proof, String device, String actor) {
        return new FenceJournal.Entry(
                caseId,
                proof.host(),
                proof.epoch(),
                device,
                FenceJournal.PROOF,
                proof.kind().name(),
                proof.evidence(),
                actor,
                proof.at());
    }

    private static FenceProof proofOf(FenceJournal.Entry entry) {
        Instant at = entry.at();
        return new FenceProof(
                entry.host(), entry.epoch(), FenceProof.Kind.valueOf(entry.result()), entry.evidence(), at);
    }

    /** A little less than we wait ourselves, so that a device that keeps to it can still say why it has no answer. */
    private static Duration withinCall(Duration timeout) {
        return timeout.minus(timeout.dividedBy(10));
    }

    private static String noDevice(HostId host) {
        return "no fence device is configured for host " + host
                + "; configure fencing.devices or confirm by force-down --fenced";
    }

    private static String reason(Exception e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static IllegalStateException unfinished(FenceAttempt.State state) {
        return new IllegalStateException("an attempt ended without a command in " + state);
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
