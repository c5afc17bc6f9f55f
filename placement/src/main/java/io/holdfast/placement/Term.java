package io.holdfast.placement;

import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * A condition on a set: it has one of these, or none of them.
 *
 * @param forbidden whether it must have none
 */
public record Term<T>(Set<T> of, boolean forbidden) {

    public Term {
        of = Set.copyOf(of);
    }

    public boolean holds(Set<T> has) {
        return Collections.disjoint(of, has) == forbidden;
    }

    public static <T> boolean all(List<Term<T>> terms, Set<T> has) {
        return terms.stream().allMatch(term -> term.holds(has));
    }
}
