package io.holdfast.fencing.core;

import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One climb over a host's levels of fencing: the rules.
 *
 * <p><b>Intuition.</b> A management controller that dies with its host proves nothing, for ever. So there is a next thing
 * to try, and a next, and each is a {@link FenceAttempt} with a device that does not share the fate of the one before.
 *
 * <p><b>Model.</b> Levels are tried in their order. A level has one device or several, and proves only when <em>all</em>
 * of them prove: a host with two supplies has power until both outlets are off. A level that does not prove, whether it
 * failed or nobody knows, gives way to the next one; this is noted in the journal first, so that another leader who takes
 * over goes on there. After the last one the climb is over without a proof, and whoever asked decides whether to climb
 * again, from the first level.
 *
 * <pre>{@code
 * Waiting     Woke                              Trying
 * Waiting     Woke, no time left                Unknown
 * Trying      Answer, goes on                   Trying
 * Trying      Answer, barred                    Failed
 * Trying      Answer, proven, next device       Trying
 * Trying      Answer, proven, last of several   Confirming
 * Trying      Answer, proven, only one          Proven
 * Trying      Answer, no proof, again           Trying
 * Trying      Answer, no proof, again later     Waiting
 * Trying      Answer, no proof, next level      Leaving
 * Trying      Answer, no proof, all failed      Failed
 * Trying      Answer, no proof, else            Unknown
 * Confirming  Read(OFF), next device            Confirming
 * Confirming  Read(OFF), last                   Proven
 * Confirming  Read(else), again                 Trying
 * Confirming  Read(else), again later           Waiting
 * Confirming  Read(else), next level            Leaving
 * Confirming  Read(else), all failed            Failed
 * Confirming  Read(else), else                  Unknown
 * Leaving     Noted                             Trying
 * Leaving     Noted, delay                      Waiting
 * Leaving     Noted, no time left               Unknown
 * }</pre>
 *
 * <p><b>Invariants.</b> {@link Proven} is entered only when each device of one level has proven in the same attempt at it,
 * and each but the last was read off once more after that. The second reading is not politeness: an outlet that came on
 * again while the other went off has let the host live through both. What is proven by one level is never added to what is
 * proven by another; one outlet off and a silent controller are not two halves of a proof.
 *
 * <p><b>Barred.</b> Who may not act on this level may not act on the next one either, so a barred order ends the climb.
 *
 * <p><b>Orders that may have been carried out.</b> A device that was ordered off in this life of the host, at whatever
 * level, in this climb or an earlier one, is read before it is ordered again, and "off" then counts.
 *
 * <p><b>Time.</b> The whole climb has a deadline. A level may have one of its own; what the others leave is shared equally
 * among the attempts at levels without. An attempt at a level has its time for all its devices together, one after the
 * other: a device that fails ends the attempt at once, for the level cannot prove any more.
 *
 * <p><b>What if we die here?</b> The levels that were left are in the journal, and the next leader begins behind them.
 * Dying between an order and its proof costs another order at the same level.
 */
public final class FenceLadder {

    /**
     * One level.
     *
     * @param devices names for evidence, one or more; all must prove
     * @param attempts how often the level is tried before the next one is, 1 or more
     * @param delay waited before each attempt, zero or more
     * @param deadline for one attempt at the level, positive; null for a share of the climb's
     */
    public record Level(
            List<String> devices,
            int attempts,
            Duration delay,
            @Nullable Duration deadline) {
        public Level {
            devices = List.copyOf(devices);
            if (devices.isEmpty() || attempts < 1 || delay.isNegative()) {
                throw new IllegalArgumentException("a level has a device, an attempt and no negative delay");
            }
            if (deadline != null && !deadline.isPositive()) {
                throw new IllegalArgumentException("the deadline of a level must be positive, is " + deadline);
            }
        }

        String names() {
            return String.join(" and ", devices);
        }
    }

    /** Which device at which level, both counted from 1. */
    public record Place(int level, int device) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return level != other.level ? Integer.compare(level, other.level) : Integer.compare(device, other.device);
        }
    }

    /**
     * How a level ended without a proof.
     *
     * @param known whether a device said that the host has power; if not, nobody knows
     */
    public record Left(int level, boolean known, String reason) {}

    /**
     * That one device has proven.
     *
     * @param kind by what
     */
    public record Evidence(FenceProof.Kind kind, String text) {}

    /** What is known. The first four wait for an event; the last three are the end. */
    public sealed interface State {
        Climb climb();
    }

    /** The delay before an attempt at a level. */
    public record Waiting(Climb climb) implements State {}

    /** A device of the level is under way; the devices before it have proven. */
    public record Trying(Climb climb, int device, FenceAttempt.State attempt) implements State {}

    /** All devices have proven, and this one is read once more. */
    public record Confirming(Climb climb, int device) implements State {}

    /** The level did not prove; that is being written down. */
    public record Leaving(Climb climb) implements State {}

    /**
     * All devices of a level have proven.
     *
     * @param kind of the weakest of them: what the host itself says before what it has certainly done before what was read
     */
    public record Proven(Climb climb, FenceProof.Kind kind, String evidence) implements State {}

    /** The host has power by the word of each level, or an order was barred. */
    public record Failed(Climb climb, String reason) implements State {}

    /** At some level nobody could say whether the host has power. */
    public record Unknown(Climb climb, String reason) implements State {}

    /** What happened. */
    public sealed interface Event {}

    /** A device's answer, or the end of a pause. */
    public record Answer(FenceAttempt.Event event) implements Event {}

    /** The end of a level is in the journal, or could not be written; the climb goes on in both cases. */
    public record Noted() implements Event {}

    /** What to do next; each is answered by one event. */
    public sealed interface Command {}

    /** Do this with the device at this place; answer with {@link Answer}. */
    public record Ask(Place place, FenceAttempt.Command what) implements Command {}

    /** Write down that the level was left; answer with {@link Noted}. */
    public record Note(Left left, Duration timeout) implements Command {}

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
     * What every state carries.
     *
     * @param levels the whole ladder
     * @param timing of each device's attempt; its deadline is the whole climb's
     * @param startNanos when the climb began, monotonic
     * @param level where we are, from 1
     * @param attempt the how-manieth attempt at this level, from 1
     * @param levelStartNanos when that attempt began
     * @param evidence of the devices that have proven in that attempt, in their order
     * @param ordered devices for which an order of this life of the host may have been carried out
     * @param left levels that did not prove
     * @param steps what was done and seen so far, for people
     */
    public record Climb(
            List<Level> levels,
            AttemptTiming timing,
            long startNanos,
            int level,
            int attempt,
            long levelStartNanos,
            List<Evidence> evidence,
            Set<Place> ordered,
            List<Left> left,
            List<String> steps) {

        public Climb {
            levels = List.copyOf(levels);
            evidence = List.copyOf(evidence);
            ordered = Set.copyOf(ordered);
            left = List.copyOf(left);
            steps = List.copyOf(steps);
        }

        Level here() {
            return levels.get(level - 1);
        }

        Duration timeLeft(long nowNanos) {
            return timing.deadline().minusNanos(nowNanos - startNanos);
        }

        /** When the attempt at this level must be over, counted from the start of the climb. */
        Duration levelEnds() {
            Duration own = here().deadline();
            Duration ends = Duration.ofNanos(levelStartNanos - startNanos).plus(own == null ? share() : own);
            return ends.compareTo(timing.deadline()) < 0 ? ends : timing.deadline();
        }

        /** What the levels that say how long they take leave to each attempt at one that does not. */
        private Duration share() {
            Duration taken = Duration.ZERO;
            int others = 0;
            for (Level each : levels) {
                Duration own = each.deadline();
                taken = taken.plus(each.delay().multipliedBy(each.attempts()));
                if (own == null) {
                    others += each.attempts();
                } else {
                    taken = taken.plus(own.multipliedBy(each.attempts()));
                }
            }
            return timing.deadline().minus(taken).dividedBy(others);
        }

        /** One device at one level needs no naming: it is the only one. */
        private boolean simple() {
            return levels.size() == 1 && here().devices().size() == 1;
        }

        private String place() {
            return "level " + level + " of " + levels.size();
        }

        private Climb at(int otherLevel, int otherAttempt, long nowNanos) {
            return new Climb(
                    levels, timing, startNanos, otherLevel, otherAttempt, nowNanos, List.of(), ordered, left, steps);
        }

        private Climb with(
                List<Evidence> otherEvidence, Set<Place> otherOrdered, List<Left> otherLeft, List<String> told) {
            return new Climb(
                    levels,
                    timing,
                    startNanos,
                    level,
                    attempt,
                    levelStartNanos,
                    otherEvidence,
                    otherOrdered,
                    otherLeft,
                    told);
        }

        private Climb telling(List<String> more) {
            return with(evidence, ordered, left, plus(steps, more));
        }

        private Climb noting(String what, long nowNanos) {
            return telling(List.of("+" + Duration.ofNanos(nowNanos - startNanos).toMillis() + " ms " + what));
        }

        private Climb proving(Evidence more) {
            return with(plus(evidence, List.of(more)), ordered, left, steps);
        }

        private Climb leaving(Left more) {
            return with(evidence, ordered, plus(left, List.of(more)), steps);
        }

        private Climb after(int device, FenceAttempt.Ordered order) {
            Place place = new Place(level, device);
            Set<Place> now = new TreeSet<>(ordered);
            // A refused order explains no "off" that is read later.
            if (order.order().answer() == io.holdfast.fencing.PowerOrder.Answer.REFUSED) {
                now.remove(place);
            } else {
                now.add(place);
            }
            return with(evidence, now, left, steps);
        }

        private static <T> List<T> plus(List<T> some, List<T> more) {
            List<T> all = new ArrayList<>(some);
            all.addAll(more);
            return all;
        }
    }

    private FenceLadder() {}

    /**
     * Begins a climb, behind the levels that somebody left before us in the same attempt.
     *
     * @param levels one or more
     * @param timing its deadline is the whole climb's
     * @param left levels that did not prove in the part of this climb that another leader did
     * @param ordered devices for which an order of this life of the host may have been carried out
     * @param nowNanos monotonic
     */
    public static Step begin(
            List<Level> levels, AttemptTiming timing, List<Left> left, Set<Place> ordered, long nowNanos) {
        int done = left.stream().mapToInt(Left::level).max().orElse(0);
        // Whoever left them had another ladder if nothing of ours is left.
        boolean ours = done < levels.size();
        Climb climb = new Climb(
                levels,
                timing,
                nowNanos,
                ours ? done + 1 : 1,
                1,
                nowNanos,
                List.of(),
                ordered,
                ours ? left : List.of(),
                List.of());
        return enter(climb, nowNanos);
    }

    /**
     * @param nowNanos monotonic, from the same clock as {@link #begin}
     * @throws IllegalStateException if the event cannot happen in that state, which is a defect of the caller
     */
    public static Step step(State state, Event event, long nowNanos) {
        return switch (state) {
            case Waiting s when event instanceof Answer(FenceAttempt.Woke _) -> start(s.climb, nowNanos);
            case Trying s when event instanceof Answer(FenceAttempt.Event answer) -> whileTrying(s, answer, nowNanos);
            case Confirming s
            when event instanceof Answer(FenceAttempt.Read(Isolation isolation)) ->
                whileConfirming(s, isolation, nowNanos);
            case Leaving s when event instanceof Noted -> enter(s.climb.at(s.climb.level + 1, 1, nowNanos), nowNanos);
            case Waiting s -> throw illegal(s, event);
            case Trying s -> throw illegal(s, event);
            case Confirming s -> throw illegal(s, event);
            case Leaving s -> throw illegal(s, event);
            case Proven s -> throw illegal(s, event);
            case Failed s -> throw illegal(s, event);
            case Unknown s -> throw illegal(s, event);
        };
    }

    /** Begins an attempt at the level where the climb is. */
    private static Step enter(Climb climb, long nowNanos) {
        Duration delay = climb.here().delay();
        if (climb.timeLeft(nowNanos).compareTo(delay) <= 0) {
            return noTime(climb);
        }
        if (!delay.isPositive()) {
            return start(climb, nowNanos);
        }
        Climb told = climb.noting(climb.place() + " waits for " + delay.toMillis() + " ms", nowNanos);
        return new Step(new Waiting(told), List.of(new Ask(new Place(climb.level, 1), new FenceAttempt.Pause(delay))));
    }

    private static Step start(Climb climb, long nowNanos) {
        // A level that gets no time must not look like one that was tried.
        return climb.timeLeft(nowNanos).isPositive()
                ? tryDevice(climb.at(climb.level, climb.attempt, nowNanos), 1, nowNanos)
                : noTime(climb);
    }

    private static Step noTime(Climb climb) {
        return end(climb.leaving(new Left(climb.level, false, "no time was left for it")));
    }

    private static Step tryDevice(Climb climb, int device, long nowNanos) {
        Place place = new Place(climb.level, device);
        String name = climb.here().devices().get(device - 1);
        if (!levelTimeLeft(climb, nowNanos).isPositive()) {
            return withoutProof(climb, false, "no time was left for " + name, nowNanos);
        }
        Climb told = climb.simple()
                ? climb
                : climb.noting(
                        climb.place() + (climb.attempt > 1 ? ", attempt " + climb.attempt : "") + ": " + name,
                        nowNanos);
        AttemptTiming timing = climb.timing.until(climb.levelEnds());
        FenceAttempt.Step begun = climb.ordered.contains(place)
                ? FenceAttempt.beginAgain(name, timing, climb.startNanos, nowNanos)
                : FenceAttempt.begin(name, timing, climb.startNanos, nowNanos);
        return asking(told, device, begun);
    }

    private static Step asking(Climb climb, int device, FenceAttempt.Step attempt) {
        return new Step(
                new Trying(climb, device, attempt.next()),
                List.of(new Ask(
                        new Place(climb.level, device), attempt.commands().getFirst())));
    }

    private static Step whileTrying(Trying state, FenceAttempt.Event event, long nowNanos) {
        FenceAttempt.Step attempt = FenceAttempt.step(state.attempt, event, nowNanos);
        Climb climb =
                event instanceof FenceAttempt.Ordered order ? state.climb.after(state.device, order) : state.climb;
        if (!attempt.ended()) {
            return asking(climb, state.device, attempt);
        }
        return switch (attempt.next()) {
            case FenceAttempt.Proven proven -> {
                Climb more = climb.telling(proven.steps()).proving(new Evidence(proven.kind(), proven.evidence()));
                if (state.device < climb.here().devices().size()) {
                    yield tryDevice(more, state.device + 1, nowNanos);
                }
                yield state.device == 1 ? proven(more) : confirm(more, 1, nowNanos);
            }
            case FenceAttempt.Failed failed -> {
                Climb more = climb.telling(failed.steps());
                yield event instanceof FenceAttempt.Barred
                        ? new Step(new Failed(more, failed.reason()), List.of())
                        : withoutProof(more, true, failed.reason(), nowNanos);
            }
            case FenceAttempt.Unknown unknown ->
                withoutProof(climb.telling(unknown.steps()), false, unknown.reason(), nowNanos);
            case FenceAttempt.Reading s -> throw unfinished(s);
            case FenceAttempt.Ordering s -> throw unfinished(s);
            case FenceAttempt.ReadingBack s -> throw unfinished(s);
            case FenceAttempt.Pausing s -> throw unfinished(s);
        };
    }

    private static Duration levelTimeLeft(Climb climb, long nowNanos) {
        return climb.levelEnds().minusNanos(nowNanos - climb.startNanos);
    }

    private static Step confirm(Climb climb, int device, long nowNanos) {
        Duration left = levelTimeLeft(climb, nowNanos);
        if (!left.isPositive()) {
            return withoutProof(climb, false, "no time was left to read all devices once more", nowNanos);
        }
        Duration timeout = climb.timing.callTimeout().compareTo(left) < 0 ? climb.timing.callTimeout() : left;
        return new Step(
                new Confirming(climb, device),
                List.of(new Ask(new Place(climb.level, device), new FenceAttempt.ReadPower(timeout))));
    }

    private static Step whileConfirming(Confirming state, Isolation isolation, long nowNanos) {
        String name = state.climb.here().devices().get(state.device - 1);
        Climb climb = state.climb.noting("read " + name + " once more: " + said(isolation), nowNanos);
        if (!levelTimeLeft(climb, nowNanos).isPositive()) {
            return withoutProof(climb, false, "the deadline passed while all devices were read once more", nowNanos);
        }
        return switch (isolation) {
            case Isolation.Power(PowerReading reading)
            when reading.state() == PowerState.OFF -> confirmed(state, climb, nowNanos);
            case Isolation.SelfFenced _, Isolation.Crashed _ -> confirmed(state, climb, nowNanos);
            case Isolation.Power(PowerReading reading)
            when reading.state() == PowerState.ON ->
                withoutProof(climb, true, name + " was off and is on again", nowNanos);
            case Isolation.Power _, Isolation.Silent _, Isolation.Unproven _, Isolation.Unprovable _ ->
                withoutProof(
                        climb,
                        false,
                        name + " was off and does not say whether it still is (" + isolation.detail() + ")",
                        nowNanos);
        };
    }

    private static String said(Isolation isolation) {
        String what = isolation instanceof Isolation.Power(PowerReading reading)
                ? reading.state().name()
                : isolation.getClass().getSimpleName();
        return what + " (" + isolation.detail() + ", " + isolation.took().toMillis() + " ms)";
    }

    private static Step confirmed(Confirming state, Climb climb, long nowNanos) {
        return state.device + 1 < climb.here().devices().size()
                ? confirm(climb, state.device + 1, nowNanos)
                : proven(climb);
    }

    private static Step proven(Climb climb) {
        String evidence = climb.evidence.stream().map(Evidence::text).collect(Collectors.joining("; and "));
        FenceProof.Kind kind = climb.evidence.stream()
                .map(Evidence::kind)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return new Step(
                new Proven(climb, kind, climb.simple() ? evidence : climb.place() + ": " + evidence), List.of());
    }

    /** An attempt at the level is over: the same level again, the next one, or the end. */
    private static Step withoutProof(Climb climb, boolean known, String reason, long nowNanos) {
        Duration time = climb.timeLeft(nowNanos);
        if (climb.attempt < climb.here().attempts()
                && time.compareTo(climb.here().delay()) > 0) {
            return enter(climb.at(climb.level, climb.attempt + 1, nowNanos), nowNanos);
        }
        Left left = new Left(climb.level, known, reason);
        Climb over = climb.leaving(left);
        if (climb.level == climb.levels.size()) {
            return end(over);
        }
        if (!time.isPositive()) {
            return noTime(over.at(climb.level + 1, 1, nowNanos));
        }
        Duration timeout = climb.timing.callTimeout().compareTo(time) < 0 ? climb.timing.callTimeout() : time;
        return new Step(
                new Leaving(over.noting(climb.place() + " is left: " + reason, nowNanos)),
                List.of(new Note(left, timeout)));
    }

    private static Step end(Climb climb) {
        String reason = climb.simple()
                ? climb.left.getLast().reason()
                : climb.left.stream()
                        .map(left -> "level " + left.level() + " of " + climb.levels.size() + " ("
                                + climb.levels.get(left.level() - 1).names() + "): " + left.reason())
                        .collect(Collectors.joining("; "));
        boolean known = climb.left.stream().allMatch(Left::known);
        return new Step(known ? new Failed(climb, reason) : new Unknown(climb, reason), List.of());
    }

    private static IllegalStateException unfinished(FenceAttempt.State state) {
        return new IllegalStateException("an attempt ended without a command in " + state);
    }

    private static IllegalStateException illegal(State state, Event event) {
        String what = event instanceof Answer(FenceAttempt.Event answer)
                ? answer.getClass().getSimpleName()
                : event.getClass().getSimpleName();
        return new IllegalStateException(what + " cannot happen in "
                + state.getClass().getSimpleName() + ": the caller lost track of the climb");
    }
}
