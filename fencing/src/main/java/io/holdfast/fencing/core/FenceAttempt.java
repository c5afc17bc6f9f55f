package io.holdfast.fencing.core;

import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to isolate one host with one device: the rules.
 *
 * <p><b>Intuition.</b> A device's "done" is hearsay: controllers acknowledge the order and do nothing, lose the answer of
 * an order that was carried out, or speak of a host that somebody switches on again. What counts is what a reading
 * says afterwards, on a session of its own.
 *
 * <p><b>Model.</b> Read once, to know whether the host was off already. Order the power off in any case: an "off" that
 * nobody ordered may be the middle of a power cycle or about to be undone, and the order costs a tenth of a second. Then
 * read back, again and again with growing pauses, until "off" or the deadline.
 *
 * <pre>{@code
 * Reading      Read(any)                       Ordering
 * Reading      DeadlinePassed                  Unknown
 * Ordering     Ordered(any)                    ReadingBack
 * Ordering     Barred                          Failed
 * Ordering     DeadlinePassed                  Unknown
 * ReadingBack  Read(FENCED)                    Proven
 * ReadingBack  Read(SILENT), order lost        Ordering
 * ReadingBack  Read(SILENT), else              Pausing
 * ReadingBack  Read(UNPROVEN), order lost      Ordering
 * ReadingBack  Read(UNPROVEN), else            Pausing
 * ReadingBack  Read(UNPROVABLE)                Unknown
 * ReadingBack  Read(OFF), not refused          Proven
 * ReadingBack  Read(OFF), refused, OFF before  Proven
 * ReadingBack  Read(OFF), refused, else        Pausing
 * ReadingBack  Read(ON), accepted              Pausing
 * ReadingBack  Read(ON), no answer             Ordering
 * ReadingBack  Read(ON), no answer, last order Pausing
 * ReadingBack  Read(ON), refused               Failed
 * ReadingBack  Read(UNKNOWN), not refused      Pausing
 * ReadingBack  Read(UNKNOWN), refused          Unknown
 * ReadingBack  DeadlinePassed, last ON         Failed
 * ReadingBack  DeadlinePassed, else            Unknown
 * Pausing      Woke                            ReadingBack
 * Pausing      DeadlinePassed, last ON         Failed
 * Pausing      DeadlinePassed, else            Unknown
 * }</pre>
 *
 * <p><b>Devices without a reading of power.</b> A host that is told to stop itself has no power to read; whoever watches it says
 * after a time that it has certainly done so (FENCED), or how much longer it has to be silent (SILENT). That answer is a proof whatever
 * became of the order, because the order is one of the things that it looks at.
 *
 * <p><b>Invariants.</b> {@link Proven} is entered by one event alone: a read-back that says OFF or FENCED, in time. No silence by
 * itself, no time-out and no word of the device leads there. An answer that comes after the deadline changes nothing, even a good
 * one: somebody else may already act on the end of this attempt. The ended states accept no event.
 *
 * <p><b>Refused orders.</b> Some controllers refuse to switch off what is off. So a refusal is followed by a reading all
 * the same; but since then nothing of ours explains an "off", two of them in a row are needed. A refusal followed by
 * silence ends the attempt at once: the usual reason is a wrong password, and asking on locks the account.
 *
 * <p><b>What if we die here?</b> Before the order: nothing happened. After it: the host may be off, and nobody knows; the
 * next attempt orders and reads again, which does no harm. That is why no state of an attempt is stored. Whoever knows
 * that an order of this life of the host left unanswered lets the next attempt {@linkplain #beginAgain read first}.
 */
public final class FenceAttempt {

    /** Too short: the timeline of a case is a list of looks; too long: a host that is heard again is waited for in vain. */
    private static final Duration SILENCE_PAUSE_MAX = Duration.ofSeconds(2);

    /** What is known. The first four wait for an event; the last three are the end. */
    public sealed interface State {}

    /** Asked whether the host has power at all. */
    public record Reading(Progress progress) implements State {}

    /** Ordered the power off, for the {@code orders}-th time. */
    public record Ordering(Progress progress, int orders) implements State {}

    /** Asked on a new session whether the order was carried out. */
    public record ReadingBack(Progress progress, Word word) implements State {}

    /** Waits before asking again. */
    public record Pausing(Progress progress, Word word) implements State {}

    /**
     * The host is isolated.
     *
     * @param kind by what
     */
    public record Proven(FenceProof.Kind kind, String evidence, List<String> steps) implements State {
        public Proven {
            steps = List.copyOf(steps);
        }
    }

    /** The host was read on after the order, or the order was not given. */
    public record Failed(String reason, List<String> steps) implements State {
        public Failed {
            steps = List.copyOf(steps);
        }
    }

    /** No usable reading after the order. */
    public record Unknown(String reason, List<String> steps) implements State {
        public Unknown {
            steps = List.copyOf(steps);
        }
    }

    /** What happened. */
    public sealed interface Event {}

    /** The device answered the question whether the host is isolated, or did not. */
    public record Read(Isolation isolation) implements Event {

        /** The same of a device that reads power. */
        public Read(PowerReading reading) {
            this(new Isolation.Power(reading));
        }
    }

    /** The device answered the order, or did not. */
    public record Ordered(PowerOrder order) implements Event {}

    /** The order was not given, because we may not act: the permit is gone, or the journal cannot be written. */
    public record Barred(String reason) implements Event {}

    /** The pause is over. */
    public record Woke() implements Event {}

    /** The attempt's time is up. Any other event that arrives after the deadline is treated as this one. */
    public record DeadlinePassed() implements Event {}

    /** What to do next; each is answered by one event. */
    public sealed interface Command {}

    /** Ask, on a new session, whether the host is isolated; answer with {@link Read}. */
    public record ReadPower(Duration timeout) implements Command {}

    /** Cut the power; answer with {@link Ordered}, or {@link Barred} if it was not even tried. */
    public record OrderOff(Duration timeout) implements Command {}

    /** Do nothing for a while; answer with {@link Woke}. */
    public record Pause(Duration length) implements Command {}

    /**
     * @param next what is known now
     * @param commands what to do, one command, or none at the end
     */
    public record Step(State next, List<Command> commands) {
        public Step {
            commands = List.copyOf(commands);
        }

        public boolean ended() {
            return commands.isEmpty();
        }
    }

    /**
     * The word of the device on our last order, and what was read since.
     *
     * @param orders how many orders this attempt has given
     * @param since the newest reading since that order, or null when there is none yet
     */
    public record Word(
            PowerOrder order, int orders, @Nullable Isolation since) {}

    /**
     * What every waiting state carries.
     *
     * @param device the device's name, for evidence
     * @param startNanos from when the deadline counts, monotonic
     * @param first what the first reading of the power said, UNKNOWN before there is one, and of a device that reads none
     * @param readsPower whether the device's first answer was one about power; true before there is one
     * @param pause how long the next pause will be
     * @param steps what was done and seen so far, for people
     */
    public record Progress(
            String device,
            AttemptTiming timing,
            long startNanos,
            PowerState first,
            boolean readsPower,
            Duration pause,
            List<String> steps) {

        public Progress {
            steps = List.copyOf(steps);
        }

        Duration left(long nowNanos) {
            return timing.deadline().minusNanos(nowNanos - startNanos);
        }

        Duration shorterOf(Duration wish, long nowNanos) {
            Duration left = left(nowNanos);
            return wish.compareTo(left) < 0 ? wish : left;
        }

        Progress noting(String what, long nowNanos) {
            List<String> more = new ArrayList<>(steps);
            more.add("+" + Duration.ofNanos(nowNanos - startNanos).toMillis() + " ms " + what);
            return new Progress(device, timing, startNanos, first, readsPower, pause, more);
        }

        Progress firstRead(Isolation said) {
            boolean aboutPower = said instanceof Isolation.Power;
            return new Progress(device, timing, startNanos, power(said), aboutPower, pause, steps);
        }

        Progress paused() {
            Duration twice = pause.multipliedBy(2);
            Duration next = twice.compareTo(timing.longestPause()) < 0 ? twice : timing.longestPause();
            return new Progress(device, timing, startNanos, first, readsPower, next, steps);
        }
    }

    private FenceAttempt() {}

    /**
     * Begins the first attempt: the first question goes out.
     *
     * @param startNanos from when the deadline counts, monotonic; before now when other devices had their turn first
     */
    public static Step begin(String device, AttemptTiming timing, long startNanos, long nowNanos) {
        Progress progress =
                new Progress(device, timing, startNanos, PowerState.UNKNOWN, true, timing.firstPause(), List.of());
        // A quarter at most: this reading is a courtesy, and a silent device must leave time for the order and the
        // proof.
        Duration quarter = progress.left(nowNanos).dividedBy(4);
        Duration timeout = timing.callTimeout().compareTo(quarter) < 0 ? timing.callTimeout() : quarter;
        return new Step(new Reading(progress), List.of(new ReadPower(timeout)));
    }

    /**
     * Begins an attempt after one whose order may have been carried out: what it came to is read first, and the order is
     * repeated only to a device that says "on".
     *
     * <p>The race that forced this: a controller that takes eight seconds for an order answers nothing meanwhile. An
     * attempt of four seconds that orders before it has read makes it busy again each time, and none ever sees the "off"
     * that the first order brought about.
     */
    public static Step beginAgain(String device, AttemptTiming timing, long startNanos, long nowNanos) {
        Progress progress =
                new Progress(device, timing, startNanos, PowerState.UNKNOWN, true, timing.firstPause(), List.of());
        PowerOrder earlier = new PowerOrder(PowerOrder.Answer.NO_ANSWER, "by an earlier attempt", Duration.ZERO);
        return readBack(progress, new Word(earlier, 0, null), nowNanos);
    }

    /**
     * @param nowNanos monotonic, from the same clock as {@link #begin}
     * @throws IllegalStateException if the event cannot happen in that state, which is a defect of the caller
     */
    public static Step step(State state, Event event, long nowNanos) {
        return switch (state) {
            case Reading s -> whileReading(s, event, nowNanos);
            case Ordering s -> whileOrdering(s, event, nowNanos);
            case ReadingBack s -> whileReadingBack(s, event, nowNanos);
            case Pausing s -> whilePausing(s, event, nowNanos);
            case Proven s -> throw illegal(s, event);
            case Failed s -> throw illegal(s, event);
            case Unknown s -> throw illegal(s, event);
        };
    }

    private static Step whileReading(Reading state, Event event, long nowNanos) {
        if (isOver(state.progress, event, nowNanos)) {
            return end(new Unknown(
                    "the device did not say in time whether the host has power; nothing was ordered",
                    state.progress.noting("deadline passed before anything was ordered", nowNanos).steps));
        }
        if (event instanceof Read(Isolation isolation)) {
            return order(state.progress.noting(firstSaid(isolation), nowNanos).firstRead(isolation), 1, nowNanos);
        }
        throw illegal(state, event);
    }

    private static Step whileOrdering(Ordering state, Event event, long nowNanos) {
        if (event instanceof Barred(String reason)) {
            // Also after the deadline: that nothing was ordered is certain, and more useful than "unknown".
            return end(new Failed(
                    reason, state.progress.noting(what(state.progress) + " not ordered: " + reason, nowNanos).steps));
        }
        if (isOver(state.progress, event, nowNanos)) {
            return end(new Unknown(
                    "the order to cut the power was not answered before the deadline; it may have been carried out",
                    state.progress.noting("deadline passed while ordering power off", nowNanos).steps));
        }
        if (event instanceof Ordered(PowerOrder order)) {
            Progress progress = state.progress.noting(
                    "ordered " + what(state.progress) + ": " + order.answer() + " (" + order.detail() + ", "
                            + order.took().toMillis() + " ms)",
                    nowNanos);
            return readBack(progress, new Word(order, state.orders, null), nowNanos);
        }
        throw illegal(state, event);
    }

    private static Step whileReadingBack(ReadingBack state, Event event, long nowNanos) {
        if (isOver(state.progress, event, nowNanos)) {
            return concludeLate(state.progress, state.word, nowNanos);
        }
        if (!(event instanceof Read(Isolation isolation))) {
            throw illegal(state, event);
        }
        Progress progress = state.progress.noting(said(isolation), nowNanos);
        PowerOrder order = state.word.order;
        Word word = new Word(order, state.word.orders, isolation);
        return switch (isolation) {
            case Isolation.Power(PowerReading reading) -> onPower(state, progress, word, reading, nowNanos);
            case Isolation.SelfFenced fenced ->
                end(new Proven(
                        FenceProof.Kind.SELF_FENCED,
                        progress.device + ": told to stop (" + order.answer() + ": " + order.detail() + "); "
                                + fenced.detail(),
                        progress.steps));
            case Isolation.Crashed crashed ->
                end(new Proven(
                        FenceProof.Kind.KERNEL_CRASHED, progress.device + ": " + crashed.detail(), progress.steps));
            case Isolation.Silent silent ->
                silent.told() || !mayOrderAgain(progress, word)
                        ? waitFor(silent.left(), progress, word, nowNanos)
                        : order(progress, word.orders + 1, nowNanos);
            case Isolation.Unproven unproven ->
                unproven.told() || !mayOrderAgain(progress, word)
                        ? pause(progress, word, nowNanos)
                        : order(progress, word.orders + 1, nowNanos);
            case Isolation.Unprovable never ->
                end(new Unknown(progress.device + " proves nothing here: " + never.detail(), progress.steps));
        };
    }

    private static Step onPower(ReadingBack state, Progress progress, Word word, PowerReading reading, long nowNanos) {
        PowerOrder order = word.order;
        PowerState before = state.word.since == null ? progress.first : power(state.word.since);
        boolean refused = order.answer() == PowerOrder.Answer.REFUSED;
        return switch (reading.state()) {
            case OFF ->
                refused && before != PowerState.OFF
                        ? pause(progress, word, nowNanos)
                        : end(new Proven(
                                FenceProof.Kind.POWER_READ_OFF, evidence(progress, order, reading), progress.steps));
            case ON ->
                switch (order.answer()) {
                    case ACCEPTED -> pause(progress, word, nowNanos);
                    case NO_ANSWER ->
                        // The order was lost on its way, or its answer was and the device is slow. Another "off" is
                        // right in both cases.
                        mayOrderAgain(progress, word)
                                ? order(progress, word.orders + 1, nowNanos)
                                : pause(progress, word, nowNanos);
                    case REFUSED ->
                        end(new Failed(
                                progress.device + " refused the order (" + order.detail()
                                        + "), and the host still has power",
                                progress.steps));
                };
            case UNKNOWN ->
                refused
                        ? end(new Unknown(
                                progress.device + " refused the order (" + order.detail()
                                        + ") and does not say whether the host has power (" + reading.detail() + ")",
                                progress.steps))
                        : pause(progress, word, nowNanos);
        };
    }

    private static Step whilePausing(Pausing state, Event event, long nowNanos) {
        if (isOver(state.progress, event, nowNanos)) {
            return concludeLate(state.progress, state.word, nowNanos);
        }
        if (event instanceof Woke) {
            return readBack(state.progress, state.word, nowNanos);
        }
        throw illegal(state, event);
    }

    /** Time is up after an order: what did the last read-back say? */
    private static Step concludeLate(Progress progress, Word word, long nowNanos) {
        Progress noted = progress.noting("deadline passed", nowNanos);
        // Only a reading since the order counts; the first one speaks of the time before it.
        Isolation since = word.since;
        if (since != null && power(since) == PowerState.ON) {
            String done = word.order.answer() == PowerOrder.Answer.ACCEPTED
                    ? progress.device + " said \"done\""
                    : progress.device + " did not answer the order";
            return end(new Failed(done + ", and the host still has power", noted.steps));
        }
        return end(new Unknown(
                (since == null || since instanceof Isolation.Power
                                ? "no reading said whether the host has power before the deadline"
                                : "it was not certain before the deadline that nothing runs on the host any more")
                        + (since == null ? "" : " (last: " + since.detail() + ")"),
                noted.steps));
    }

    private static Step order(Progress progress, int orders, long nowNanos) {
        return new Step(
                new Ordering(progress, orders),
                List.of(new OrderOff(progress.shorterOf(progress.timing.callTimeout(), nowNanos))));
    }

    private static Step readBack(Progress progress, Word word, long nowNanos) {
        return new Step(
                new ReadingBack(progress, word),
                List.of(new ReadPower(progress.shorterOf(progress.timing.callTimeout(), nowNanos))));
    }

    private static Step pause(Progress progress, Word word, long nowNanos) {
        return new Step(
                new Pausing(progress.paused(), word), List.of(new Pause(progress.shorterOf(progress.pause, nowNanos))));
    }

    /** The order was lost on its way, or only its answer was: then another one does no harm. */
    private static boolean mayOrderAgain(Progress progress, Word word) {
        return word.order.answer() == PowerOrder.Answer.NO_ANSWER && word.orders < progress.timing.ordersLimit();
    }

    /** Looked at meanwhile all the same: a host that is heard again makes the rest of the wait useless. */
    private static Step waitFor(Duration left, Progress progress, Word word, long nowNanos) {
        Duration shortest = progress.timing.firstPause();
        Duration wish = left.compareTo(SILENCE_PAUSE_MAX) < 0 ? left : SILENCE_PAUSE_MAX;
        Duration pause = wish.compareTo(shortest) < 0 ? shortest : wish;
        return new Step(new Pausing(progress, word), List.of(new Pause(progress.shorterOf(pause, nowNanos))));
    }

    private static Step end(State state) {
        return new Step(state, List.of());
    }

    private static boolean isOver(Progress progress, Event event, long nowNanos) {
        return event instanceof DeadlinePassed || !progress.left(nowNanos).isPositive();
    }

    private static String evidence(Progress progress, PowerOrder order, PowerReading reading) {
        String before = progress.first == PowerState.OFF ? "already off; " : "";
        return progress.device + ": " + before + "power off ordered (" + order.answer()
                + "), then read back off on a new session (" + reading.detail() + ")";
    }

    /** What the order asks for, in the words of the device's kind: known once it has answered for the first time. */
    private static String what(Progress progress) {
        return progress.readsPower ? "power off" : "the host to stop";
    }

    private static String firstSaid(Isolation isolation) {
        return isolation instanceof Isolation.Power(PowerReading reading)
                ? "read power: " + said(reading)
                : said(isolation);
    }

    private static String said(Isolation isolation) {
        String took = ", " + isolation.took().toMillis() + " ms)";
        return switch (isolation) {
            case Isolation.Power(PowerReading reading) -> "read back on a new session: " + said(reading);
            case Isolation.SelfFenced fenced -> "it has stopped itself (" + fenced.detail() + took;
            case Isolation.Crashed crashed -> "its kernel has crashed (" + crashed.detail() + took;
            case Isolation.Silent silent ->
                "silent, for " + silent.left().toMillis() + " ms too short (" + silent.detail() + took;
            case Isolation.Unproven unproven -> "nothing to conclude (" + unproven.detail() + took;
            case Isolation.Unprovable never -> "never to be concluded (" + never.detail() + took;
        };
    }

    private static String said(PowerReading reading) {
        return reading.state() + " (" + reading.detail() + ", " + reading.took().toMillis() + " ms)";
    }

    /** A device that reads no power says nothing about it. */
    private static PowerState power(Isolation isolation) {
        return isolation instanceof Isolation.Power(PowerReading reading) ? reading.state() : PowerState.UNKNOWN;
    }

    private static IllegalStateException illegal(State state, Event event) {
        return new IllegalStateException(event.getClass().getSimpleName() + " cannot happen in "
                + state.getClass().getSimpleName() + ": the caller lost track of the attempt");
    }
}
