package io.holdfast.fencing.agents.core;

import io.holdfast.fencing.agents.core.AgentRun.Exited;
import io.holdfast.fencing.agents.core.AgentRun.Interrupted;
import io.holdfast.fencing.agents.core.AgentRun.NotStarted;
import io.holdfast.fencing.agents.core.AgentRun.Signalled;
import io.holdfast.fencing.agents.core.AgentRun.TimedOut;
import io.holdfast.model.PowerState;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a run means.
 *
 * <p><b>Intuition.</b> The protocol says off with exit code 2, and 2 is also how a shell ends over a syntax error, how
 * Python ends when it cannot open the script, and how many programs end over an option that they do not know. An agent
 * that is being upgraded at the wrong moment would prove every host dead. So code 2 is necessary and not sufficient:
 * either the agent says the word as well ({@code Status: OFF}, as all agents of the common library do), or it has nothing
 * to complain of on standard error.
 *
 * <p><b>Invariants.</b> Off is said by nothing but exit code 2 of a status. Whatever was killed, crashed, flooded or
 * contradicts itself is unknown. No text can turn another code into off.
 *
 * <p><b>The road not taken.</b> To believe the words alone: they are made for people, and differ from agent to agent.
 *
 * <p>Source: "Agent Operations and Return Values" of ClusterLabs' FenceAgentAPI.
 *
 * @param power what the status says; unknown for every other action
 * @param trouble what went wrong; null if nothing did
 * @param text for people, without secrets
 */
public record AgentAnswer(PowerState power, @Nullable AgentTrouble trouble, String text) {

    private static final int OFF_CODE = 2;
    private static final int NOT_EXECUTABLE_CODE = 126;
    private static final int NOT_FOUND_CODE = 127;

    private static final int LINES_MAX = 2;
    private static final int TEXT_MAX = 240;

    private static final Pattern SAYS_OFF = Pattern.compile("(?im)^\\s*status:\\s*off\\s*$");
    private static final Pattern SAYS_ON = Pattern.compile("(?im)^\\s*status:\\s*on\\s*$");

    /** What the common library puts before each line of its log. */
    private static final Pattern STAMP =
            Pattern.compile("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d+ +[A-Z]+: +|^(ERROR|WARNING):root:");

    /** Said after every mistake by the common library, and tells nothing. */
    private static final Pattern IDLE = Pattern.compile("(?i)^(please use '-h' for usage|failed:?)?$");

    /** What a status says. */
    public static AgentAnswer status(AgentRun run, Secrets secrets) {
        AgentAnswer ended = ended(run, secrets, OFF_CODE);
        if (ended.trouble != null || !(run.ending() instanceof Exited exited)) {
            return ended;
        }
        boolean saysOff = SAYS_OFF.matcher(run.out()).find();
        boolean saysOn = SAYS_ON.matcher(run.out()).find();
        if (exited.code() == 0) {
            return saysOff
                    ? troubled(AgentTrouble.CONTRADICTION, "exit code 0, which is on, and the words 'Status: OFF'")
                    : new AgentAnswer(PowerState.ON, null, "status: on");
        }
        if (saysOn) {
            return troubled(AgentTrouble.CONTRADICTION, "exit code 2, which is off, and the words 'Status: ON'");
        }
        String complaint = lastLines(run.err(), secrets);
        if (!saysOff && !complaint.isEmpty()) {
            return troubled(AgentTrouble.CONTRADICTION, "exit code 2, which is off, and a complaint: " + complaint);
        }
        return new AgentAnswer(PowerState.OFF, null, "status: off");
    }

    /** What an order, a {@code monitor} or a {@code list} says: done, or a trouble. */
    public static AgentAnswer order(AgentRun run, Secrets secrets) {
        return ended(run, secrets, 0);
    }

    /**
     * Whether the device is there. A device with a single plug may answer with the code of off, which is as good; here no
     * more depends on it than a line on a screen.
     */
    public static AgentAnswer monitor(AgentRun run, Secrets secrets) {
        AgentAnswer ended = ended(run, secrets, OFF_CODE);
        boolean off = run.ending() instanceof Exited exited && exited.code() == OFF_CODE;
        return ended.trouble == null && off ? status(run, secrets) : ended;
    }

    /** @param alsoGood a code besides 0 that is no failure */
    private static AgentAnswer ended(AgentRun run, Secrets secrets, int alsoGood) {
        return switch (run.ending()) {
            case NotStarted started -> troubled(AgentTrouble.NOT_STARTED, started.why());
            case TimedOut late ->
                troubled(
                        AgentTrouble.KILLED_AT_DEADLINE,
                        withLines("killed after " + late.limit().toMillis() + " ms", run, secrets));
            case Interrupted interrupted -> troubled(AgentTrouble.INTERRUPTED, "killed because nobody waits any more");
            case Signalled signalled ->
                troubled(AgentTrouble.ENDED_BY_SIGNAL, withLines("signal " + signalled.signal(), run, secrets));
            case Exited exited
            when run.cut() -> troubled(AgentTrouble.TOO_MUCH_OUTPUT, "exit code " + exited.code() + " does not count");
            case Exited exited
            when exited.code() == 0 || exited.code() == alsoGood -> new AgentAnswer(PowerState.UNKNOWN, null, "done");
            case Exited exited -> failed(exited.code(), lastLines(run.err(), secrets));
        };
    }

    private static AgentAnswer failed(int code, String lines) {
        String text = lines.isEmpty() ? "exit code " + code + " without a word" : lines;
        return troubled(named(code, lines.toLowerCase(Locale.ROOT)), text);
    }

    /** The words are those of ClusterLabs' common library, which nearly all agents use. */
    private static AgentTrouble named(int code, String lines) {
        if (code == NOT_FOUND_CODE || code == NOT_EXECUTABLE_CODE) {
            return AgentTrouble.NOT_RUNNABLE;
        } else if (lines.contains("unable to connect/login")) {
            return AgentTrouble.CANNOT_LOG_IN;
        } else if (lines.contains("correct privileges")) {
            return AgentTrouble.NO_PRIVILEGE;
        } else if (lines.contains("set login password") || lines.contains("have to enter password")) {
            return AgentTrouble.NO_PASSWORD;
        } else if (lines.contains("waiting to power off")) {
            return AgentTrouble.STILL_ON;
        } else if (lines.contains("correct plug status") || lines.contains("plug is not available")) {
            return AgentTrouble.NO_SUCH_PLUG;
        } else if (lines.contains("connection refused")
                || lines.contains("no route to host")
                || lines.contains("network is unreachable")
                || lines.contains("name or service not known")) {
            return AgentTrouble.UNREACHABLE;
        } else if (lines.contains("connection timed out")) {
            return AgentTrouble.DEVICE_TIMED_OUT;
        } else if (lines.contains("connection lost")) {
            return AgentTrouble.CONNECTION_LOST;
        } else if (lines.contains("parse error")
                || lines.contains("failed: you have to")
                || lines.contains("unrecognised action")) {
            return AgentTrouble.WRONG_USE;
        }
        return AgentTrouble.FAILED;
    }

    private static AgentAnswer troubled(AgentTrouble trouble, String detail) {
        return new AgentAnswer(PowerState.UNKNOWN, trouble, trouble.said() + ": " + detail);
    }

    private static String withLines(String head, AgentRun run, Secrets secrets) {
        String lines = lastLines(run.err(), secrets);
        return lines.isEmpty() ? head : head + "; it had said: " + lines;
    }

    /** The end of what it had to say, without secrets, and harmless on a terminal and in a log. */
    static String lastLines(String err, Secrets secrets) {
        List<String> telling = secrets.removedFrom(err)
                .lines()
                .map(line -> STAMP.matcher(line.strip()).replaceFirst("").strip())
                .filter(line -> !IDLE.matcher(line).matches())
                .toList();
        String text = telling.subList(Math.max(0, telling.size() - LINES_MAX), telling.size()).stream()
                .collect(Collectors.joining(" / "))
                .replaceAll("\\p{C}", "?");
        return text.length() <= TEXT_MAX ? text : "…" + text.substring(text.length() - TEXT_MAX);
    }
}
