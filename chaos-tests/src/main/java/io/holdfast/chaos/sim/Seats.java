package io.holdfast.chaos.sim;

import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.Observers;
import io.holdfast.membership.cut.Roster;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is in the group, and who observes whom there: as {@link Roster#subjectsOf} has it, but reckoned for all members at once, and
 * after a change only for those whom it concerns. The K lowest of a set and one more are the K lowest of its K lowest and that one.
 */
final class Seats {

    private final int observersEach;
    private Roster roster = Roster.EMPTY;
    private Set<Member> present = new TreeSet<>();
    private final Map<Member, List<Member>> observers = new TreeMap<>();
    private Map<Member, Set<Member>> subjects = Map.of();

    Seats(int observersEach) {
        this.observersEach = observersEach;
    }

    /**
     * After a view, or when some time has passed: another roster may be another choice of observers.
     *
     * @return whether anybody observes anybody else than before
     */
    boolean seen(Set<Member> view, long nowNanos) {
        if (view.equals(roster.present()) && nowNanos < forgetsAt()) {
            return false;
        }
        Roster before = roster;
        roster = roster.seen(view, nowNanos);
        if (roster.equals(before)) {
            return false;
        }
        Set<Member> now = new TreeSet<>(view);
        Set<Member> came = new TreeSet<>(now);
        came.removeAll(present);
        present = now;
        Set<Member> known = new TreeSet<>(roster.known());
        observers.keySet().retainAll(known);
        for (Member subject : known) {
            List<Member> held = observers.get(subject);
            if (held == null || !present.containsAll(held)) {
                observers.put(subject, Observers.of(subject, present, observersEach));
            } else if (!came.isEmpty()) {
                Set<Member> candidates = new LinkedHashSet<>(held);
                candidates.addAll(came);
                observers.put(subject, Observers.of(subject, candidates, observersEach));
            }
        }
        Map<Member, Set<Member>> next = new HashMap<>();
        observers.forEach((subject, those) -> those.forEach(observer ->
                next.computeIfAbsent(observer, _ -> new LinkedHashSet<>()).add(subject)));
        boolean changed = !next.equals(subjects);
        subjects = next;
        return changed;
    }

    /** Who stands in the view. */
    Set<Member> present() {
        return Collections.unmodifiableSet(present);
    }

    /** When somebody will be forgotten who is no longer in the view; {@link Long#MAX_VALUE} when nobody will. */
    long forgetsAt() {
        long since = roster.goneSinceNanos().values().stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(Long.MAX_VALUE);
        return since == Long.MAX_VALUE ? since : since + Roster.REMEMBERED.toNanos() + 1;
    }

    /** In order. */
    Set<Member> subjectsOf(Member observer) {
        return Collections.unmodifiableSet(subjects.getOrDefault(observer, Set.of()));
    }

    /** In the order of their hashes. */
    List<Member> observersOf(Member subject) {
        return new ArrayList<>(observers.getOrDefault(subject, List.of()));
    }
}
