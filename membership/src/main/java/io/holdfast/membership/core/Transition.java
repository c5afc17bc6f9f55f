package io.holdfast.membership.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Every way in which a host's standing may change. What is not here cannot happen: {@link MembershipMachine} refuses it. */
public enum Transition {
    APPEARED("a lease appears", "Absent", "Alive"),
    NAMED("the database knows the host", "Absent", "Expected"),
    SEEN("a lease appears", "Expected", "Alive"),
    HAD_LEFT("its record says that it took its leave", "Expected", "Absent"),
    NEVER_CAME("a full grace period without a lease", "Expected", "Suspected"),
    RESTARTED("another agent session holds the lease", "Alive", "Alive"),
    RESTARTED_MISSED("another agent session holds the lease", "Missed", "Alive"),
    RESTARTED_DEGRADED("another agent session holds the lease", "Degraded", "Alive"),
    MISSED("lease or place in the group is missing", "Alive", "Missed"),
    HEARD("nothing is missing any more", "Missed", "Alive"),
    UNANSWERED("nobody on it answers in time, or only its kernel, or its power reads off", "Missed", "Suspected"),
    LEFT("the agent takes its leave", "Alive", "Absent"),
    LEFT_MISSED("the agent takes its leave", "Missed", "Absent"),
    LEFT_SUSPECTED("the agent takes its leave", "Suspected", "Absent"),
    LEFT_DEGRADED("the agent takes its leave", "Degraded", "Absent"),
    LEFT_ISOLATED("the agent takes its leave", "Isolated", "Absent"),
    LEFT_HELD("the agent takes its leave", "Held", "Absent"),
    CLEARED("every signal is back", "Suspected", "Alive"),
    CLEARED_DEGRADED("every signal is back", "Degraded", "Alive"),
    CLEARED_ISOLATED("every signal is back", "Isolated", "Alive"),
    CLEARED_HELD("every signal is back", "Held", "Alive"),
    AILS_ALIVE("the health table calls it degraded", "Alive", "Degraded"),
    AILS_MISSED("the health table calls it degraded", "Missed", "Degraded"),
    AILS("the health table calls it degraded", "Suspected", "Degraded"),
    AILS_HELD("the health table calls it degraded", "Held", "Degraded"),
    AILS_ISOLATED("the health table calls it degraded", "Isolated", "Degraded"),
    AILS_OTHERWISE("another row of the health table calls it degraded", "Degraded", "Degraded"),
    SILENT_AGAIN("the probe is silent twice", "Degraded", "Suspected"),
    MISSED_DEGRADED("lease or place in the group is missing", "Degraded", "Suspected"),
    ISOLATES("no network reaches it, and it writes the shared storage", "Suspected", "Isolated"),
    ISOLATES_HELD("no network reaches it, and it writes the shared storage", "Held", "Isolated"),
    UNISOLATED("it is heard in part, or writes the shared storage no more", "Isolated", "Suspected"),
    DOUBTED("signals would condemn, or nothing follows in time, but the observer doubts itself", "Suspected", "Held"),
    DOUBTED_ISOLATED(
            "signals would condemn, or nothing follows in time, but the observer doubts itself", "Isolated", "Held"),
    DOUBTED_OTHERWISE("the reason for the doubt is another", "Held", "Held"),
    POWER_OFF("power reads off, asked after the suspicion", "Suspected", "Lost"),
    POWER_OFF_DEGRADED("power reads off, asked after the suspicion", "Degraded", "Lost"),
    POWER_OFF_ISOLATED("power reads off, asked after the suspicion", "Isolated", "Lost"),
    POWER_OFF_HELD("power reads off, asked after the suspicion", "Held", "Lost"),
    SILENCE("lease, group and probe are silent past their times", "Suspected", "Lost"),
    SILENCE_HELD("lease, group and probe are silent past their times", "Held", "Lost"),
    HUNG(
            "lease and group are silent past their times, and what accepts for the host answers nothing: hung",
            "Suspected",
            "Lost"),
    HUNG_HELD(
            "lease and group are silent past their times, and what accepts for the host answers nothing: hung",
            "Held",
            "Lost"),
    CUT_OFF("it is isolated, and the health table has it fenced", "Isolated", "Lost"),
    CUT_OFF_HELD("it is isolated, and the health table has it fenced", "Held", "Lost"),
    WORD_ABSENT("somebody's word", "Absent", "Lost"),
    WORD_EXPECTED("somebody's word", "Expected", "Lost"),
    WORD_ALIVE("somebody's word", "Alive", "Lost"),
    WORD_MISSED("somebody's word", "Missed", "Lost"),
    WORD_SUSPECTED("somebody's word", "Suspected", "Lost"),
    WORD_DEGRADED("somebody's word", "Degraded", "Lost"),
    WORD_ISOLATED("somebody's word", "Isolated", "Lost"),
    WORD_HELD("somebody's word", "Held", "Lost"),
    KNOWN_ABSENT("recovery has it condemned in its journal", "Absent", "Lost"),
    KNOWN_EXPECTED("recovery has it condemned in its journal", "Expected", "Lost"),
    KNOWN_ALIVE("recovery has it condemned in its journal", "Alive", "Lost"),
    KNOWN_MISSED("recovery has it condemned in its journal", "Missed", "Lost"),
    KNOWN_SUSPECTED("recovery has it condemned in its journal", "Suspected", "Lost"),
    KNOWN_DEGRADED("recovery has it condemned in its journal", "Degraded", "Lost"),
    KNOWN_ISOLATED("recovery has it condemned in its journal", "Isolated", "Lost"),
    KNOWN_HELD("recovery has it condemned in its journal", "Held", "Lost"),
    TOLD_AGAIN("nobody acknowledged the verdict", "Lost", "Lost"),
    TAKEN_BACK("every signal is back before anybody acknowledged the verdict", "Lost", "Alive"),
    UNCONFIRMED(
            "its power reads off no more, or it is not silent any more, before anybody acknowledged the verdict",
            "Lost",
            "Suspected"),
    DEAF("this controller hears nobody any more before anybody acknowledged the verdict", "Lost", "Suspected"),
    RETURNED("another agent session holds the lease", "Lost", "Alive"),
    BACK("every signal of the condemned session is good again, and nobody's word stands against it", "Lost", "Alive"),
    FORGOTTEN("recovery forgets the verdict, or the word is taken back", "Lost", "Absent");

    private final String why;
    private final String from;
    private final String to;

    Transition(String why, String from, String to) {
        this.why = why;
        this.from = from;
        this.to = to;
    }

    public String why() {
        return why;
    }

    public String from() {
        return from;
    }

    public String to() {
        return to;
    }

    /**
     * The same change of a host that stands elsewhere now.
     *
     * @throws IllegalStateException if such a host cannot change so
     */
    Transition of(Standing standing) {
        for (Transition other : values()) {
            if (other.why.equals(why) && other.to.equals(to) && other.from.equals(standing.label())) {
                return other;
            }
        }
        throw new IllegalStateException("a host that is " + standing.label() + " cannot take " + this);
    }

    /** The table as it stands in the Javadoc of {@link MembershipMachine}: rows with the same end and reason share a line. */
    static List<String> table() {
        List<String> order =
                List.of("Absent", "Expected", "Alive", "Missed", "Suspected", "Degraded", "Isolated", "Held", "Lost");
        List<String> rows = new ArrayList<>();
        List.of(values()).stream()
                .sorted(Comparator.comparingInt((Transition t) -> order.indexOf(t.from))
                        .thenComparingInt(t -> order.indexOf(t.to))
                        .thenComparingInt(Transition::ordinal))
                .forEach(t -> rows.add(String.format("%-9s -> %-9s  %s", t.from, t.to, t.why)));
        return rows;
    }
}
