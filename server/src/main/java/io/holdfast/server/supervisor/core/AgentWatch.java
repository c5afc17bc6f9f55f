package io.holdfast.server.supervisor.core;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The supervisor's decisions.
 *
 * <pre>
 * Down   -- its time has come ------------------> Up      start it
 * Down   -- stop -------------------------------> Over
 * Up     -- it ended ---------------------------> Down    after the back-off
 * Up     -- no beat for too long ---------------> Ending  ask what hangs; kill it; then again
 * Up     -- stop -------------------------------> Ending  terminate it; then over
 * Ending -- its time is up ---------------------> Ending  kill it, and again
 * Ending -- stop -------------------------------> Ending  it is not started again
 * Ending -- it ended ---------------------------> Down or Over
 * </pre>
 *
 * <p>Whoever stood still himself has missed no beat: after a pause of the supervisor (a frozen host, a suspended one) the
 * wait for a beat begins anew.
 *
 * <p>Pure; one owner at a time.
 */
public final class AgentWatch {

    private final Rules rules;

    public AgentWatch(Rules rules) {
        this.rules = rules;
    }

    /**
     * What a supervisor knows.
     *
     * @param failures how often in a row the agent ended young
     */
    public record State(Life life, int failures) {

        /** Before anything was started. */
        public static State begin(long nowNanos) {
            return new State(new Life.Down(nowNanos), 0);
        }
    }

    /** The next state and what is to be done then, in this order. */
    public record Step(State next, List<Command> commands) {}

    public Step step(State state, Event event, long nowNanos) {
        return switch (state.life()) {
            case Life.Down down -> whileDown(state, down, event, nowNanos);
            case Life.Up up -> whileUp(state, up, event, nowNanos);
            case Life.Ending ending -> whileEnding(state, ending, event, nowNanos);
            case Life.Over _ -> new Step(state, List.of());
        };
    }

    private Step whileDown(State state, Life.Down down, Event event, long nowNanos) {
        return switch (event) {
            case Event.Look _
            when nowNanos - down.startAtNanos() >= 0 ->
                new Step(
                        new State(new Life.Up(nowNanos, Event.Look.NONE, nowNanos, nowNanos), state.failures()),
                        List.of(new Command.Start()));
            case Event.Look _ -> new Step(state, List.of());
            // Nothing ran that could have ended: a late word.
            case Event.Ended _ -> new Step(state, List.of());
            case Event.Stop _ -> new Step(new State(new Life.Over(), state.failures()), List.of());
        };
    }

    private Step whileUp(State state, Life.Up up, Event event, long nowNanos) {
        return switch (event) {
            case Event.Look(long beats) -> look(state, up, beats, nowNanos);
            case Event.Ended(String why) -> ended(state, up.sinceNanos(), why, nowNanos);
            case Event.Stop _ ->
                new Step(
                        new State(
                                new Life.Ending(nowNanos + rules.stopLimit().toNanos(), false, up.sinceNanos()),
                                state.failures()),
                        List.of(new Command.Tell(false, "the agent is told to stop"), new Command.Terminate()));
        };
    }

    private Step look(State state, Life.Up up, long beats, long nowNanos) {
        boolean stoodStill = nowNanos - up.lookedAtNanos() > rules.pauseLimit().toNanos();
        boolean beat = beats != up.beats();
        long beatAtNanos = beat || stoodStill ? nowNanos : up.beatAtNanos();
        Life.Up seen = new Life.Up(up.sinceNanos(), beats, beatAtNanos, nowNanos);
        Duration limit = beats == Event.Look.NONE ? rules.firstBeat() : rules.hungAfter();
        Duration silent = Duration.ofNanos(nowNanos - beatAtNanos);
        if (rules.hungAfter().isZero() || silent.compareTo(limit) < 0) {
            return new Step(new State(seen, state.failures()), List.of());
        }
        return new Step(
                new State(
                        new Life.Ending(nowNanos + rules.dumpTime().toNanos(), true, up.sinceNanos()),
                        state.failures()),
                List.of(
                        new Command.Tell(
                                true,
                                "the agent hangs: no sign of life for " + text(silent)
                                        + "; it is killed and started again"),
                        new Command.Dump()));
    }

    private Step whileEnding(State state, Life.Ending ending, Event event, long nowNanos) {
        return switch (event) {
            case Event.Look _
            when nowNanos - ending.killAtNanos() >= 0 ->
                new Step(
                        new State(
                                new Life.Ending(
                                        nowNanos + rules.killAgain().toNanos(), ending.again(), ending.sinceNanos()),
                                state.failures()),
                        List.of(new Command.Tell(true, "the agent has not ended and is killed"), new Command.Kill()));
            case Event.Look _ -> new Step(state, List.of());
            case Event.Ended(String why) when ending.again() -> ended(state, ending.sinceNanos(), why, nowNanos);
            case Event.Ended(String why) ->
                new Step(
                        new State(new Life.Over(), state.failures()),
                        List.of(new Command.Tell(false, "the agent has stopped (" + why + ")")));
            case Event.Stop _ ->
                new Step(
                        new State(new Life.Ending(ending.killAtNanos(), false, ending.sinceNanos()), state.failures()),
                        List.of());
        };
    }

    private Step ended(State state, long sinceNanos, String why, long nowNanos) {
        Duration lived = Duration.ofNanos(nowNanos - sinceNanos);
        int before = lived.compareTo(rules.goodLife()) >= 0 ? 0 : state.failures();
        Duration wait = rules.backOff(before);
        return new Step(
                new State(new Life.Down(nowNanos + wait.toNanos()), before + 1),
                List.of(new Command.Tell(
                        true,
                        "the agent ended (" + why + ") after " + text(lived)
                                + "; it is started again in " + text(wait)
                                + (before == 0 ? "" : ", having ended young " + (before + 1) + " times in a row"))));
    }

    private static String text(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
}
