package io.holdfast.scheduler;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What advisories from outside do to placement, by their kind. A kind that no list names is shown and told, and changes nothing.
 *
 * @param multiplier weight of an advisory in force, 0 to 1000, default 5.0: a host that {@code lower} speaks of loses so many points, one that
 *     {@code stop} speaks of twice, one that {@code drain} speaks of four times as many. More than room and spread weigh together, so that such
 *     a host is taken when no other will do; less than a server group's soft rule
 * @param lower kinds that make a host less welcome; default {@code hot}, {@code raid-degraded} and {@code redundancy-lost}
 * @param stop kinds with which a host takes nothing new; default {@code pdu-failing} and {@code cooling-failing}. An instance whose own host has
 *     failed goes there when no other host will do: an advisory keeps nobody down
 * @param drain kinds as {@code stop}, of a host that its instances should leave; default {@code failing-soon}. When hosts fail together, what
 *     ran on such a host goes first among equal priorities
 */
public record AdvisorySettings(double multiplier, List<String> lower, List<String> stop, List<String> drain) {

    public AdvisorySettings {
        lower = List.copyOf(lower);
        stop = List.copyOf(stop);
        drain = List.copyOf(drain);
        if (!(multiplier >= 0 && multiplier <= 1000)) {
            throw new IllegalArgumentException(
                    "scheduler.advisories.multiplier must be between 0 and 1000, is " + multiplier);
        }
        Set<String> known = new HashSet<>();
        for (List<String> kinds : List.of(lower, stop, drain)) {
            for (String kind : kinds) {
                if (!kind.matches(Outside.KIND)) {
                    throw new IllegalArgumentException(
                            "scheduler.advisories: a kind is 1 to 64 lower-case letters, digits"
                                    + " and hyphens, and begins with a letter, is '" + kind + "'");
                }
                if (!known.add(kind)) {
                    throw new IllegalArgumentException(
                            "scheduler.advisories names " + kind + " twice; one kind does one thing");
                }
            }
        }
    }

    public static AdvisorySettings defaults() {
        return new AdvisorySettings(
                5.0,
                List.of("hot", "raid-degraded", "redundancy-lost"),
                List.of("pdu-failing", "cooling-failing"),
                List.of("failing-soon"));
    }

    /** What one of this kind does. */
    public Effect effect(String kind) {
        if (drain.contains(kind)) {
            return Effect.DRAIN;
        }
        if (stop.contains(kind)) {
            return Effect.STOP;
        }
        return lower.contains(kind) ? Effect.LOWER : Effect.TELL;
    }

    /** What an advisory does to the host it speaks of, the weakest first. */
    public enum Effect {
        /** It is shown and told. */
        TELL(0),
        /** The host is less welcome. */
        LOWER(1),
        /** The host takes nothing new. */
        STOP(2),
        /** The same, and what runs there should leave. */
        DRAIN(4);

        private final int points;

        Effect(int points) {
            this.points = points;
        }

        /** How many times the multiplier a host loses by it. */
        int points() {
            return points;
        }

        /** As it is spelled in settings and answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether only those go there whose own host has failed. */
        public boolean isClosing() {
            return this == STOP || this == DRAIN;
        }
    }
}
