package io.holdfast.membership.cut;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who observes whom. Each subject's observers are the K members with the lowest hash of the pair, so that all members find the
 * same answer without asking, everybody has about as much to do, and who comes or goes changes the observers of few.
 *
 * <p>Rapid puts the members on K rings instead; there an observer that goes is replaced by its neighbour, here by the next hash.
 * Both give K distinct observers, which is all that the marks need.
 */
public final class Observers {

    private Observers() {}

    /**
     * @param candidates may observe; the subject itself never does
     * @param count K; all candidates when there are fewer
     */
    public static List<Member> of(Member subject, Set<Member> candidates, int count) {
        return candidates.stream()
                .filter(candidate -> !candidate.equals(subject) && !candidate.isOtherLifeOf(subject))
                .sorted(Comparator.comparingLong((Member candidate) -> hash(subject, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(count)
                .toList();
    }

    /** Of the given subjects those whom this observer observes. */
    static Set<Member> subjectsOf(Member observer, Set<Member> subjects, Set<Member> candidates, int count) {
        Set<Member> own = new HashSet<>();
        for (Member subject : subjects) {
            // Not a list of the first K for each subject: with 2,000 members that would be the whole of a second.
            if (isAmongFirst(observer, subject, candidates, count)) {
                own.add(subject);
            }
        }
        return own;
    }

    private static boolean isAmongFirst(Member observer, Member subject, Set<Member> candidates, int count) {
        if (observer.equals(subject) || observer.isOtherLifeOf(subject)) {
            return false;
        }
        long own = hash(subject, observer);
        int before = 0;
        for (Member candidate : candidates) {
            if (!candidate.equals(subject) && !candidate.isOtherLifeOf(subject) && !candidate.equals(observer)) {
                long other = hash(subject, candidate);
                if (other < own || (other == own && candidate.compareTo(observer) < 0)) {
                    before++;
                    if (before == count) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** The lives are left out: who is started again observes the same hosts. Finalizer of MurmurHash3, by Austin Appleby. */
    private static long hash(Member subject, Member candidate) {
        long mixed = 0x9E3779B97F4A7C15L * subject.name().hashCode()
                + 31L * candidate.name().hashCode()
                + (candidate.isHost() ? 0 : 1);
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }
}
