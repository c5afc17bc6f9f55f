package io.holdfast.membership.cut;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whom a member knows on a network: who stands in its view, and who stood there a short while ago. A view forgets whom it
 * drops, and the group stops talking to it; the observers go on asking, so that one coordinator's opinion does not make everybody
 * deaf to a host that lives.
 *
 * @param present in the last view
 * @param goneSinceNanos by member, since when it is no longer in the view
 */
public record Roster(Set<Member> present, Map<Member, Long> goneSinceNanos) {

    /** Longer than a group takes to merge again, and than anybody waits for a verdict. */
    public static final Duration REMEMBERED = Duration.ofSeconds(60);

    public static final Roster EMPTY = new Roster(Set.of(), Map.of());

    public Roster {
        present = Set.copyOf(present);
        goneSinceNanos = Map.copyOf(goneSinceNanos);
    }

    /** After a view. Another life of the same member ends what is remembered of the one before. */
    public Roster seen(Set<Member> view, long nowNanos) {
        Map<Member, Long> gone = new HashMap<>(goneSinceNanos);
        present.forEach(member -> gone.putIfAbsent(member, nowNanos));
        gone.keySet().removeIf(member -> view.contains(member) || view.stream().anyMatch(member::isOtherLifeOf));
        return new Roster(view, gone).at(nowNanos);
    }

    /** Without those whose time is over. */
    public Roster at(long nowNanos) {
        if (goneSinceNanos.values().stream().noneMatch(since -> isOver(since, nowNanos))) {
            return this;
        }
        Map<Member, Long> gone = new HashMap<>(goneSinceNanos);
        gone.values().removeIf(since -> isOver(since, nowNanos));
        return new Roster(present, gone);
    }

    /** All who are known. */
    public Set<Member> known() {
        Set<Member> known = new HashSet<>(present);
        known.addAll(goneSinceNanos.keySet());
        return known;
    }

    /** Whom this member has to observe. */
    public Set<Member> subjectsOf(Member observer, int observers) {
        return Observers.subjectsOf(observer, known(), present, observers);
    }

    private static boolean isOver(long sinceNanos, long nowNanos) {
        return nowNanos - sinceNanos > REMEMBERED.toNanos();
    }
}
