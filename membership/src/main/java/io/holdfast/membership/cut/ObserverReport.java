package io.holdfast.membership.cut;

import io.holdfast.membership.Network;
import java.util.Set;

/**
 * What one observer says of its subjects on one network. Whole, not a difference: one that was lost is repaired by the next.
 *
 * @param observer who says it
 * @param network of which it speaks, whichever one carried it here
 * @param number rises with each report of this observer on this network
 * @param health how far the observer trusts itself
 * @param audible whom it hears
 * @param unsure whom it does not hear just now, and does not call silent yet, because it may be slow itself
 * @param silent whom it does not hear any more
 */
public record ObserverReport(
        Member observer,
        Network network,
        long number,
        LocalHealth health,
        Set<Member> audible,
        Set<Member> unsure,
        Set<Member> silent) {

    public ObserverReport {
        audible = Set.copyOf(audible);
        unsure = Set.copyOf(unsure);
        silent = Set.copyOf(silent);
    }

    /** Whether it says the same, and whether the observer still counts or still does not. */
    public boolean saysTheSame(ObserverReport other, int scoreLimit) {
        return audible.equals(other.audible)
                && unsure.equals(other.unsure)
                && silent.equals(other.silent)
                && isWell(scoreLimit) == other.isWell(scoreLimit);
    }

    boolean isWell(int scoreLimit) {
        return health.score() <= scoreLimit;
    }
}
