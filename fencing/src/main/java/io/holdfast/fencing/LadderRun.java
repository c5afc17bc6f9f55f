package io.holdfast.fencing;

import io.holdfast.fencing.core.AttemptTiming;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.fencing.core.FenceAttempt.Barred;
import io.holdfast.fencing.core.FenceAttempt.DeadlinePassed;
import io.holdfast.fencing.core.FenceAttempt.OrderOff;
import io.holdfast.fencing.core.FenceAttempt.Ordered;
import io.holdfast.fencing.core.FenceAttempt.Pause;
import io.holdfast.fencing.core.FenceAttempt.Read;
import io.holdfast.fencing.core.FenceAttempt.ReadPower;
import io.holdfast.fencing.core.FenceAttempt.Woke;
import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.fencing.core.FenceLadder.Place;
import io.holdfast.model.Actor;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One climb over the levels of one host in the real world: does what {@link FenceLadder} asks for, and writes down what it
 * is going to do and what came of it. Used by one thread, once.
 */
final class LadderRun {

    private static final Logger LOG = LoggerFactory.getLogger(LadderRun.class);

    /** How long the result of a failed attempt may take to be written, on top of the deadline. */
    private static final Duration LAST_WORD = Duration.ofMillis(500);

    private final FenceRequest request;
    private final List<FenceLevel> levels;
    private final Lane lane;
    private final FenceJournal journal;
    private final ActPermit permit;
    private final FencingSettings settings;
    private final InstantSource wall;
    private final long startNanos;

    LadderRun(
            FenceRequest request,
            List<FenceLevel> levels,
            Lane lane,
            FenceJournal journal,
            ActPermit permit,
            FencingSettings settings,
            InstantSource wall,
            long startNanos) {
        this.request = request;
        this.levels = levels;
        this.lane = lane;
        this.journal = journal;
        this.permit = permit;
        this.settings = settings;
        this.wall = wall;
        this.startNanos = startNanos;
    }

    /**
     * @param time how long it may take
     * @param left levels that were left already, in the part of this attempt that another leader did
     */
    FenceResult climb(Duration time, List<FenceLadder.Left> left) throws InterruptedException {
        AttemptTiming timing = settings.timing(time);
        // Read and set in here only, where this attempt is alone on its host. After a restart nobody knows of the
        // orders, and they are given once more.
        FenceLadder.Step step = FenceLadder.begin(
                levels.stream().map(FenceLevel::rules).toList(),
                timing,
                left,
                lane.ordered(request.epoch()),
                System.nanoTime());
        while (!step.ended()) {
            FenceLadder.Event event = switch (step.commands().getFirst()) {
                case FenceLadder.Ask ask -> new FenceLadder.Answer(carryOut(ask.place(), ask.what()));
                case FenceLadder.Note note -> note(note);
            };
            step = FenceLadder.step(step.next(), event, System.nanoTime());
            lane.ordered(request.epoch(), step.next().climb().ordered());
        }
        List<String> steps = step.next().climb().steps();
        return switch (step.next()) {
            case FenceLadder.Proven proven -> proven(proven);
            case FenceLadder.Failed failed -> {
                journalEnd(FenceJournal.FAILED, failed.reason(), steps);
                yield new FenceResult.Failed(failed.reason(), steps);
            }
            case FenceLadder.Unknown unknown -> {
                journalEnd(FenceJournal.UNKNOWN, unknown.reason(), steps);
                yield new FenceResult.Unknown(unknown.reason(), steps);
            }
            case FenceLadder.Waiting s -> throw unfinished(s);
            case FenceLadder.Trying s -> throw unfinished(s);
            case FenceLadder.Confirming s -> throw unfinished(s);
            case FenceLadder.Leaving s -> throw unfinished(s);
        };
    }

    private FenceAttempt.Event carryOut(Place place, FenceAttempt.Command command) throws InterruptedException {
        FenceDevice device = levels.get(place.level() - 1).devices().get(place.device() - 1);
        return switch (command) {
            case ReadPower read -> new Read(look(place, device, read.timeout()));
            case OrderOff order -> order(place, device, order.timeout());
            case Pause pause -> {
                Thread.sleep(pause.length());
                yield new Woke();
            }
        };
    }

    private Isolation look(Place place, FenceDevice device, Duration timeout) throws InterruptedException {
        long askedNanos = System.nanoTime();
        try {
            return lane.deviceCalls(place).run(() -> device.isolation(request, withinCall(timeout)), timeout);
        } catch (TimeoutException | ExecutionException e) {
            return new Isolation.Power(new PowerReading(PowerState.UNKNOWN, reason(e), since(askedNanos)));
        }
    }

    static PowerReading read(BoundedCall calls, FenceDevice device, Duration timeout) throws InterruptedException {
        long startNanos = System.nanoTime();
        try {
            return calls.run(() -> device.readPower(withinCall(timeout)), timeout);
        } catch (TimeoutException | ExecutionException e) {
            return new PowerReading(PowerState.UNKNOWN, reason(e), since(startNanos));
        }
    }

    private FenceAttempt.Event order(Place place, FenceDevice device, Duration timeout) throws InterruptedException {
        long orderNanos = System.nanoTime();
        try {
            lane.journalCalls()
                    .run(
                            () -> {
                                journal.appendIntent(
                                        entry(
                                                place.level(),
                                                device.name(),
                                                "order-off",
                                                "INTENDED",
                                                "attempt " + request.attempt()),
                                        request.segment(),
                                        request.leader());
                                return true;
                            },
                            timeout);
        } catch (TimeoutException | ExecutionException e) {
            return new Barred("the fence journal cannot be written, so the power was not cut: " + reason(e));
        }
        Duration left = timeout.minus(since(orderNanos));
        if (!left.isPositive()) {
            return new DeadlinePassed();
        }
        Callable<FenceAttempt.Event> act = () -> orderIfPermitted(device, left);
        try {
            return lane.deviceCalls(place).run(act, left);
        } catch (TimeoutException | ExecutionException e) {
            return new Ordered(new PowerOrder(PowerOrder.Answer.NO_ANSWER, reason(e), since(orderNanos)));
        }
    }

    /** Runs in the thread that sends the order, so that nothing can come between the permit's answer and the order. */
    private FenceAttempt.Event orderIfPermitted(FenceDevice device, Duration timeout) {
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
            calledOff = device.isHarmless()
                    ? request.callOff().reasonAgainstAsking()
                    : request.callOff().reason();
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
        return new Ordered(device.isolate(request, withinCall(timeout)));
    }

    private FenceResult proven(FenceLadder.Proven proven) throws InterruptedException {
        FenceProof proof =
                new FenceProof(request.host(), request.epoch(), proven.kind(), proven.evidence(), wall.instant());
        int level = proven.climb().level();
        List<String> steps = proven.climb().steps();
        try {
            lane.journalCalls()
                    .run(
                            () -> {
                                journal.append(proof.entry(
                                        request.caseId(), request.attempt(), level, names(level), Actor.HOLDFAST));
                                return true;
                            },
                            request.deadline().minus(since(startNanos)));
        } catch (TimeoutException | ExecutionException e) {
            // It may have been written all the same; then the next call finds it. Until then it does not count.
            String reason = "the host is isolated, but the proof cannot be journaled: " + reason(e);
            return new FenceResult.Unknown(reason, steps);
        }
        return new FenceResult.Proven(proof, steps);
    }

    /** A level without a proof is a fact for whoever takes over; without it they would only begin below us. */
    private FenceLadder.Noted note(FenceLadder.Note note) throws InterruptedException {
        FenceLadder.Left left = note.left();
        write(
                entry(
                        left.level(),
                        names(left.level()),
                        FenceJournal.LEVEL,
                        left.known() ? FenceJournal.FAILED : FenceJournal.UNKNOWN,
                        left.reason()),
                note.timeout());
        return new FenceLadder.Noted();
    }

    /** A failed attempt is a fact for people; that it cannot be written changes nothing about it. */
    void journalEnd(String result, String reason, List<String> steps) {
        String devices = levels.isEmpty()
                ? "none"
                : levels.stream()
                        .flatMap(level -> level.devices().stream())
                        .map(FenceDevice::name)
                        .collect(Collectors.joining(", "));
        String evidence = steps.isEmpty() ? reason : reason + "; " + String.join("; ", steps);
        try {
            write(entry(0, devices, FenceJournal.RESULT, result, evidence), LAST_WORD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(FenceJournal.Entry entry, Duration timeout) throws InterruptedException {
        try {
            lane.journalCalls()
                    .run(
                            () -> {
                                journal.append(entry);
                                return true;
                            },
                            timeout);
        } catch (TimeoutException | ExecutionException e) {
            LOG.error(
                    "fence host={} epoch={} case={} {} {} is not in the journal: {}",
                    request.host(),
                    request.epoch(),
                    request.caseId(),
                    entry.act(),
                    entry.result(),
                    reason(e));
        }
    }

    private String names(int level) {
        return levels.get(level - 1).devices().stream().map(FenceDevice::name).collect(Collectors.joining(", "));
    }

    private FenceJournal.Entry entry(int level, String device, String act, String result, String evidence) {
        return FenceJournal.Entry.of(
                request, level, device, act, result, evidence, Actor.HOLDFAST.toString(), wall.instant());
    }

    /** A little less than we wait ourselves, so that a device that keeps to it can still say why it has no answer. */
    static Duration withinCall(Duration timeout) {
        return timeout.minus(timeout.dividedBy(10));
    }

    static String reason(Exception e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static IllegalStateException unfinished(FenceLadder.State state) {
        return new IllegalStateException("a climb ended without a command in " + state);
    }
}
