package io.holdfast.server.demo;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long a leg may take.
 *
 * @param leg one of {@link Legs#NAMES}
 * @param percentile over all runs, by nearest rank: with fewer than a hundred runs the 99th is the slowest
 */
record Goal(String leg, int percentile, long millis) {

    /**
     * What came of a goal.
     *
     * @param measuredMillis negative when no run got that far
     */
    record Outcome(String leg, int percentile, long goalMillis, double measuredMillis, boolean met) {}

    static Goal of(String leg, int percentile, long millis) {
        if (!Legs.NAMES.contains(leg)) {
            throw new IllegalArgumentException("no such leg: " + leg);
        }
        return new Goal(leg, percentile, millis);
    }

    /** A leg that one of the runs did not get to the end of is a goal that was missed, however fast the others were. */
    Outcome judge(Map<String, Legs.Leg> legs, int runs) {
        Optional<Legs.Leg> taken = Optional.ofNullable(legs.get(leg));
        double measured = taken.map(this::measured).orElse(-1.0);
        boolean met = taken.filter(found -> found.runs() == runs).isPresent() && measured <= millis;
        return new Outcome(leg, percentile, millis, measured, met);
    }

    private double measured(Legs.Leg taken) {
        return switch (percentile) {
            case 50 -> taken.p50Millis();
            case 95 -> taken.p95Millis();
            case 99 -> taken.p99Millis();
            default -> throw new IllegalStateException("nobody takes the percentile " + percentile);
        };
    }

    static List<Outcome> judge(List<Goal> goals, Map<String, Legs.Leg> legs, int runs) {
        return goals.stream().map(goal -> goal.judge(legs, runs)).toList();
    }
}
