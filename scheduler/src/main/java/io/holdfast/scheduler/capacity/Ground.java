package io.holdfast.scheduler.capacity;

import java.util.Locale;

/** What a verdict rests on. */
public enum Ground {
    /** Nobody protected lives on the lost hosts, and nobody waits. */
    NOBODY(Verdict.SURVIVABLE, "no protected instance lives there"),
    /** There is so much room that every instance finds a home, in whatever order they are placed. */
    ANY_ORDER(Verdict.SURVIVABLE, "there is room in whatever order they are placed"),
    /** Recovery's planner was asked, and found homes for all. */
    PLANNED(Verdict.SURVIVABLE, "the planner found a home for each"),
    /** Some instance fits on no host, even if it were the only one. */
    NO_HOST(Verdict.NOT_SURVIVABLE, "no host can take one of them, even alone"),
    /** Together they want more than all hosts have that they may go to. */
    NO_ROOM(Verdict.NOT_SURVIVABLE, "together they want more than there is"),
    /** All placements were tried. */
    EXHAUSTED(Verdict.NOT_SURVIVABLE, "no placement of all of them exists"),
    /** There is a placement of all, and the planner, which places the most important first, does not come to it. */
    PLANNER_MISSES(Verdict.NOT_PROVEN, "there is room for all, but most important first does not come to it"),
    /** The planner found no homes for all, and the search for another placement was given up at its limit of steps. */
    GAVE_UP(Verdict.NOT_PROVEN, "the planner did not find homes for all, and the search was given up"),
    /** The planner found no homes for all, and the search for another placement does not know what instances ask of each other. */
    RULES(
            Verdict.NOT_PROVEN,
            "the planner did not find homes for all, and the search does not know who must be with or apart from whom"),
    /** Plans in full take long, and this one was beyond as many as are made at a time. */
    NOT_TRIED(
            Verdict.NOT_PROVEN,
            "reserved hosts, rules between instances or balanced domains want a plan in full, and there are more failures"
                    + " than are so planned at a time"),
    /** The segment is too large to look at each pair, and the bound for all of them was not met. */
    BOUND(Verdict.NOT_PROVEN, "too many hosts to look at each pair, and there is not room for certain");

    private final Verdict verdict;
    private final String text;

    Ground(Verdict verdict, String text) {
        this.verdict = verdict;
        this.text = text;
    }

    public Verdict verdict() {
        return verdict;
    }

    /** For people. */
    public String text() {
        return text;
    }

    /** As it is written in the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
