package io.holdfast.membership.probe;

import io.holdfast.model.HostId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a supervisor says to whoever connects: one line, {@code holdfast-supervisor 1 host=h1 agent=running}.
 *
 * @param host whose supervisor it is
 * @param agentRuns whether a process of the agent exists that has begun its work (one that is still starting has not);
 *     whether that does anything now is not for the supervisor to say
 */
public record SupervisorAnswer(HostId host, boolean agentRuns) {

    /** No answer is longer, so that nobody can have a caller read for ever. */
    static final int BYTES_MAX = 512;

    /** What stands behind the fields that we know is of a later release, and not for us. */
    private static final Pattern LINE =
            Pattern.compile("holdfast-supervisor 1 host=(\\S+) agent=(running|down)(?: [^\\r\\n]*)?\\r?\\n");

    /** The line with its end. */
    public String line() {
        return "holdfast-supervisor 1 host=" + host + " agent=" + (agentRuns ? "running" : "down") + "\n";
    }

    /** Empty when that is no whole line of a supervisor. */
    public static Optional<SupervisorAnswer> parse(String text) {
        Matcher matcher = LINE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SupervisorAnswer(
                    HostId.of(matcher.group(1)), matcher.group(2).equals("running")));
        } catch (IllegalArgumentException noHostName) {
            return Optional.empty();
        }
    }
}
