package io.holdfast.scheduler.capacity;

import io.holdfast.model.SegmentId;
import java.util.List;

/**
 * What one segment could survive, at the moment of its snapshot.
 *
 * @param hosts those that may fail: not lost already
 * @param instances the protected ones
 * @param waiting those of them whose home is lost already; every failure's plan has to give homes to them as well
 * @param anyHost the worst of {@code single}; also when there is no host at all
 * @param single each host by itself, by name
 * @param pairs any two hosts
 * @param domains each declared failure domain, by kind and name
 */
public record Outlook(
        SegmentId segment,
        int hosts,
        int instances,
        int waiting,
        Verdict anyHost,
        List<Answer> single,
        Pairs pairs,
        List<Answer> domains) {

    public Outlook {
        single = List.copyOf(single);
        domains = List.copyOf(domains);
    }

    /**
     * Any two hosts.
     *
     * @param verdict the worst of all
     * @param each whether each pair was looked at; else the verdict follows from a bound for all of them
     * @param count of pairs there are
     * @param survivable of those looked at
     * @param notSurvivable of those looked at
     * @param notProven of those looked at
     * @param worst some that are not survivable for certain, the most instances left first; at most {@link #WORST_MAX}
     */
    public record Pairs(
            Verdict verdict,
            boolean each,
            long count,
            int survivable,
            int notSurvivable,
            int notProven,
            List<Answer> worst) {

        public static final int WORST_MAX = 20;

        public Pairs {
            worst = List.copyOf(worst);
        }
    }

    /** Whether everything that was asked is survivable for certain, any two hosts included. */
    public boolean all() {
        return anyHost == Verdict.SURVIVABLE
                && pairs.verdict() == Verdict.SURVIVABLE
                && domains.stream().allMatch(answer -> answer.verdict() == Verdict.SURVIVABLE);
    }
}
