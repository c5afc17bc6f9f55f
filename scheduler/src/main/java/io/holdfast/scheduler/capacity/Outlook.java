package io.holdfast.scheduler.capacity;

import io.holdfast.model.SegmentId;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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

    /** More failures at once than this are not asked about. */
    public static final int FAILURES_MAX = 2;

    /** How many hosts may fail together, whichever they are, and all homes be found for certain: 0 to {@link #FAILURES_MAX}. */
    public int tolerated() {
        if (anyHost != Verdict.SURVIVABLE || (hosts == 0 && waiting > 0)) {
            return 0;
        }
        return pairs.verdict() == Verdict.SURVIVABLE ? 2 : 1;
    }

    /**
     * The failure of so many hosts or fewer that leaves most instances, of those that are not survivable for certain; one host
     * before two. Empty when all are, and when there is none to name: a bound for all pairs was not met.
     *
     * @param failures 0 to {@link #FAILURES_MAX}
     */
    public Optional<Answer> worst(int failures) {
        Optional<Answer> one = failures < 1
                ? Optional.empty()
                : single.stream()
                        .filter(answer -> answer.verdict() != Verdict.SURVIVABLE)
                        .max(Comparator.comparingInt(Answer::left)
                                .thenComparing(answer -> answer.failure().name(), Comparator.reverseOrder()));
        return failures < 2 ? one : one.or(() -> pairs.worst().stream().findFirst());
    }

    /** Whether everything that was asked is survivable for certain, any two hosts included. */
    public boolean all() {
        return anyHost == Verdict.SURVIVABLE
                && pairs.verdict() == Verdict.SURVIVABLE
                && domains.stream().allMatch(answer -> answer.verdict() == Verdict.SURVIVABLE);
    }
}
