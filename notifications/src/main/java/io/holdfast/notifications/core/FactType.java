package io.holdfast.notifications.core;

import static io.holdfast.notifications.core.FactType.Standing.DOWN;
import static io.holdfast.notifications.core.FactType.Standing.ERROR;
import static io.holdfast.notifications.core.FactType.Standing.MAINTENANCE;
import static io.holdfast.notifications.core.FactType.Standing.NORMAL;
import static io.holdfast.notifications.core.Severity.CRITICAL;
import static io.holdfast.notifications.core.Severity.INFO;
import static io.holdfast.notifications.core.Severity.WARNING;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a type of fact means: the one table of severities, states and probable causes.
 *
 * <p>A type that the table does not know is a warning about something in error: whoever filters by severity must rather
 * hear too much than too little. A test holds the table against the types that the product writes, and against the
 * page that documents it.
 *
 * @param type dotted lower-case words
 * @param state the subject's state from this fact on
 * @param cause a stable word for why, where the type alone tells it
 * @param meaning for people
 */
public record FactType(String type, Severity severity, Standing state, String cause, String meaning) {

    /** The states that a subject can be in, as monitoring of infrastructure knows them. */
    public enum Standing {
        NORMAL,
        MAINTENANCE,
        DOWN,
        ERROR;

        /** As it is spelled outside. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final List<FactType> TABLE = List.of(
            of("host.suspected", WARNING, ERROR, "host-silent", "a signal of the host is missing"),
            of("host.cleared", INFO, NORMAL, "false-alarm", "the suspicion proved wrong"),
            of("host.degraded", WARNING, ERROR, "host-degraded", "the host lives and does not serve as it should"),
            of("host.isolated", CRITICAL, DOWN, "host-cut-off", "the host is cut off and stops itself"),
            of("host.held", CRITICAL, ERROR, "contradicting-signals", "nobody can tell; a human is asked"),
            of("host.left", INFO, DOWN, "shut-down", "the host was shut down on purpose"),
            of("host.condemned", CRITICAL, DOWN, "host-lost", "the host is given up and will be fenced"),
            of("host.dumping", WARNING, DOWN, "host-crashed", "the host writes its crash dump"),
            of("host.fence-failed", CRITICAL, ERROR, "fence-failed", "the host could not be fenced yet"),
            of("host.fenced", WARNING, DOWN, "host-fenced", "the host is proven dead"),
            of("host.unfence-failed", WARNING, ERROR, "unfence-failed", "what fenced the host could not be lifted"),
            of("host.needs-operator", CRITICAL, ERROR, "needs-operator", "a human has to act"),
            of("host.recovered", INFO, DOWN, "host-recovered", "what ran on the host goes on elsewhere"),
            of("host.returned", INFO, NORMAL, "host-returned", "the host came back before anything was done to it"),
            of("host.abandoned", WARNING, DOWN, "case-abandoned", "a human ended the case"),
            of("host.power-restored", INFO, DOWN, "power-restored", "the host has its power back"),
            of("host.joined", INFO, NORMAL, "host-joined", "the host serves"),
            of("host.quarantined", WARNING, ERROR, "fails-too-often", "the host takes no more instances"),
            of("host.released", INFO, NORMAL, "released", "the host takes instances again"),
            of("host.ignored", WARNING, ERROR, "recovery-disarmed", "a failure that orders forbid to act on"),
            of("host.maintenance", INFO, MAINTENANCE, "ordered", "maintenance of the host began or ended"),
            of("host.hardware", WARNING, ERROR, "hardware", "what the management controller says has changed"),
            of("host.fence-unready", WARNING, NORMAL, "fencing-unready", "no level of the host's fencing works"),
            of("host.fence-ready", INFO, NORMAL, "fencing-ready", "a level of the host's fencing works again"),
            of("host.advised", WARNING, NORMAL, "advisory", "somebody outside says something of the host"),
            of("host.advisory-ended", INFO, NORMAL, "advisory", "that is withdrawn, or its time is over"),
            of("segment.ordered", INFO, MAINTENANCE, "ordered", "an order about the segment changed"),
            of("segment.promise-broken", WARNING, NORMAL, "capacity", "a failure would not be survived for certain"),
            of("segment.promise-restored", INFO, NORMAL, "capacity", "the promised failures would be survived again"),
            of("segment.promise-unknown", WARNING, NORMAL, "capacity", "nobody could find out what would be survived"),
            of(
                    "segment.over-committed",
                    WARNING,
                    NORMAL,
                    "capacity",
                    "done although too little room is left for a failure"),
            of("instance.suspected", WARNING, ERROR, "host-silent", "its host is suspected"),
            of("instance.cleared", INFO, NORMAL, "false-alarm", "the suspicion of its host proved wrong"),
            of("instance.degraded", WARNING, ERROR, "host-degraded", "its host does not serve as it should"),
            of("instance.isolated", CRITICAL, DOWN, "host-cut-off", "its host is cut off and stops itself"),
            of("instance.host-failed", CRITICAL, DOWN, "host-lost", "its host is given up"),
            of("instance.host-fenced", WARNING, DOWN, "host-fenced", "its host is proven dead: it does not run"),
            of(
                    "instance.say-asked",
                    WARNING,
                    DOWN,
                    "asked",
                    "whoever runs something on it is asked what becomes of it"),
            of("instance.say-decided", INFO, DOWN, "decided", "what becomes of it is decided, by whom it says"),
            of("instance.evacuating", WARNING, DOWN, "host-lost", "it is started elsewhere"),
            of("instance.recovered", INFO, NORMAL, "recovered", "it runs again"),
            of("instance.went-on-without", WARNING, NORMAL, "dependency-missing", "whom it depends on is not ready"),
            of("instance.not-moved", WARNING, DOWN, "not-moved", "it stays where it is, or down"),
            of("instance.moved", INFO, NORMAL, "moved", "it runs on another host, as asked"),
            of("instance.leave-advised", WARNING, NORMAL, "advisory", "its host will fail soon, somebody says"),
            of("instance.parted", WARNING, DOWN, "group-parted", "it does not go on apart from its group"),
            of("instance.guest-panicked", WARNING, DOWN, "guest-panicked", "its kernel panicked"),
            of("instance.guest-watchdog", WARNING, ERROR, "guest-hung", "its watchdog was not petted in time"),
            of("instance.guest-lost", WARNING, DOWN, "guest-process-lost", "its process is gone without an order"),
            of("instance.guest-stopped", INFO, DOWN, "guest-shut-down", "it shut itself down"),
            of("instance.guest-silent", WARNING, ERROR, "guest-silent", "its heartbeat has ceased"),
            of("instance.guest-unhealthy", WARNING, ERROR, "guest-unhealthy", "it says that it is not well"),
            of("instance.guest-recovered", INFO, NORMAL, "guest-recovered", "its guest is well again"),
            of("instance.needs-operator", CRITICAL, ERROR, "needs-operator", "a human has to act"),
            of("webhook.test", INFO, NORMAL, "test", "somebody tries a webhook; nothing happened"));

    private static final Map<String, FactType> BY_TYPE =
            TABLE.stream().collect(Collectors.toUnmodifiableMap(FactType::type, Function.identity()));

    /** Every type that there is. */
    public static List<FactType> all() {
        return TABLE;
    }

    /** What it means; also of a type that nobody has told us of. */
    public static FactType of(String type) {
        FactType known = BY_TYPE.get(type);
        return known == null ? of(type, WARNING, ERROR, "unknown", "not in the table") : known;
    }

    /** Whether the table has it. */
    public static boolean isKnown(String type) {
        return BY_TYPE.containsKey(type);
    }

    private static FactType of(String type, Severity severity, Standing state, String cause, String meaning) {
        return new FactType(type, severity, state, cause, meaning);
    }
}
