package io.holdfast.fencing;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a management controller says of the hardware of its host. It is told and shown, and may keep new instances away; it
 * proves nothing about a host, and condemns none.
 *
 * @param findings one for each component that the controller speaks of, in its order
 * @param trouble why the controller could not be heard to the end, for people, without a secret; empty when it could
 */
public record HardwareHealth(List<Finding> findings, String trouble) {

    /** Worse is later. What is not known is neither good nor bad. */
    public enum Grade {
        UNKNOWN,
        GOOD,
        /** Outside of what is usual, or without its spare; it works. */
        POOR,
        /** Failed, or so far outside that it may fail at any time. */
        BAD
    }

    /**
     * One component.
     *
     * @param component its name, as the controller has it
     * @param kind {@code fan}, {@code temperature}, {@code power supply}, ...
     * @param value what was measured; empty where nothing is measured, or nothing could be
     * @param unit of the value and the limits; may be empty
     * @param what for people: {@code above the critical limit}, {@code failed}, {@code no reading now}
     */
    public record Finding(
            String component, String kind, String value, String unit, Limits limits, String what, Grade grade) {

        /** In one line: {@code Inlet Temp 57 degrees C: above the critical limit}. */
        public String text() {
            return component + (value.isEmpty() ? "" : " " + value + (unit.isEmpty() ? "" : " " + unit)) + ": " + what;
        }
    }

    /** Where a measured value becomes poor (warning), bad (critical) or worse (fatal); null where the controller has no such limit. */
    public record Limits(
            @Nullable String lowerFatal,
            @Nullable String lowerCritical,
            @Nullable String lowerWarning,
            @Nullable String upperWarning,
            @Nullable String upperCritical,
            @Nullable String upperFatal) {

        public static final Limits NONE = new Limits(null, null, null, null, null, null);
    }

    /** So many components are told in one line; of a machine of which everything is wrong, more help nobody. */
    private static final int TOLD_MAX = 4;

    public HardwareHealth {
        findings = List.copyOf(findings);
    }

    /** Nothing is known, and why. */
    public static HardwareHealth unknown(String why) {
        return new HardwareHealth(List.of(), why);
    }

    /** The worst that is known. Where nothing is wrong, one that was not heard to the end is unknown, and not good. */
    public Grade grade() {
        Grade worst = findings.stream().map(Finding::grade).reduce(Grade.UNKNOWN, HardwareHealth::worse);
        return worst == Grade.GOOD && !trouble.isEmpty() ? Grade.UNKNOWN : worst;
    }

    private static Grade worse(Grade one, Grade other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** In one line, for people: what is wrong, or why nothing is known, or that nothing is wrong. */
    public String summary() {
        Grade grade = grade();
        List<Finding> wrong = findings.stream()
                .filter(finding -> finding.grade().compareTo(Grade.GOOD) > 0)
                .sorted((one, other) -> other.grade().compareTo(one.grade()))
                .toList();
        if (!wrong.isEmpty()) {
            String told = wrong.stream().limit(TOLD_MAX).map(Finding::text).collect(Collectors.joining("; "));
            return told + (wrong.size() > TOLD_MAX ? "; and " + (wrong.size() - TOLD_MAX) + " more" : "");
        }
        if (!trouble.isEmpty()) {
            return trouble;
        }
        long known = findings.stream()
                .filter(finding -> finding.grade() == Grade.GOOD)
                .count();
        return grade == Grade.GOOD ? known + " components good" : "it tells nothing of its components";
    }
}
