package io.holdfast.server.demo;

import java.util.List;

/**
 * How long a leg may take.
 *
 * @param leg one of {@link Legs#NAMES}
 * @param percentile over all runs, by nearest rank ({@link Legs#percentile})
 */
record Goal(String leg, int percentile, long millis) {

    /**
     * What came of a goal.
     *
     * @param measuredMillis negative when no run got that far
     * @param over how many runs took longer, those included that never got there
     */
    record Outcome(String leg, int percentile, long goalMillis, double measuredMillis, int over, boolean met) {}

    static Goal of(String leg, int percentile, long millis) {
        if (!Legs.NAMES.contains(leg)) {
            throw new IllegalArgumentException("no such leg: " + leg);
        }
        return new Goal(leg, percentile, millis);
    }

    /** A leg that one of the runs did not get to the end of is a goal that was missed, however fast the others were. */
    Outcome judge(Legs legs, int runs) {
        List<Double> taken = legs.millis(leg);
        double measured = taken.isEmpty() ? -1.0 : Legs.percentile(taken, percentile);
        int within = (int) taken.stream().filter(value -> value <= millis).count();
        boolean met = runs > 0 && taken.size() == runs && measured <= millis;
        return new Outcome(leg, percentile, millis, measured, runs - within, met);
    }

    static List<Outcome> judge(List<Goal> goals, Legs legs, int runs) {
        return goals.stream().map(goal -> goal.judge(legs, runs)).toList();
    }
}
