package io.holdfast.membership.core;

import io.holdfast.membership.Network;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * A host's places in the groups of its segment, one on each network where it was seen. Immutable.
 *
 * @param each by network, without those where it was never seen in its present life
 * @param words what the observers of a network say of the host, where not all of them hear it; for people
 * @param freshSince since when it has been "never seen" on the others
 * @param together all of them as one signal: present if any network shows it; unknown while it may be on one where we hear
 *     nobody; absent only if every network that ever showed it has lost it
 */
record Places(Map<Network, Presence> each, Map<Network, String> words, Moment freshSince, Presence together) {

    /** Nowhere seen yet. */
    static Places never(Moment now) {
        return new Places(Map.of(), Map.of(), now, new Presence.Never(now));
    }

    Presence on(Network network) {
        Presence place = each.get(network);
        return place == null ? new Presence.Never(freshSince) : place;
    }

    /** Whether it is looked for on that network: it was seen there, or nowhere yet. */
    boolean belongsTo(Network network) {
        return each.isEmpty() || each.containsKey(network);
    }

    /** @param place not {@code Never} */
    Places with(Network network, Presence place) {
        if (place.equals(each.get(network))) {
            return this;
        }
        Map<Network, Presence> next = new TreeMap<>(each);
        next.put(network, place);
        return of(next, words, freshSince);
    }

    boolean says(Network network, String word) {
        return word.equals(words.getOrDefault(network, ""));
    }

    /** @param word empty when all observers on that network hear it, or it has none */
    Places saying(Network network, String word) {
        if (says(network, word)) {
            return this;
        }
        Map<Network, String> next = new TreeMap<>(words);
        if (word.isEmpty()) {
            next.remove(network);
        } else {
            next.put(network, word);
        }
        return new Places(each, Map.copyOf(next), freshSince, together);
    }

    Places each(UnaryOperator<Presence> change) {
        return each((network, place) -> change.apply(place));
    }

    Places each(BiFunction<Network, Presence, Presence> change) {
        // Most looks change nothing, so nothing is copied before something does.
        Places next = this;
        for (Map.Entry<Network, Presence> place : each.entrySet()) {
            next = next.with(place.getKey(), change.apply(place.getKey(), place.getValue()));
        }
        return next;
    }

    /** A place that an earlier life lost says nothing about this one. */
    Places withoutLost(Moment now) {
        Map<Network, Presence> next = new TreeMap<>(each);
        return next.values().removeIf(Presence.Absent.class::isInstance) ? of(next, words, now) : this;
    }

    private static Places of(Map<Network, Presence> each, Map<Network, String> words, Moment freshSince) {
        return new Places(Map.copyOf(each), words, freshSince, together(each, freshSince));
    }

    private static Presence together(Map<Network, Presence> each, Moment freshSince) {
        Presence together = new Presence.Never(freshSince);
        for (Presence place : each.values()) {
            int order = weight(place) - weight(together);
            // Present for as long as the first that shows it; absent only since the last one lost it.
            boolean further = place instanceof Presence.Present
                    ? place.since().isBefore(together.since())
                    : together.since().isBefore(place.since());
            together = order > 0 || (order == 0 && further) ? place : together;
        }
        return together;
    }

    private static int weight(Presence place) {
        return switch (place) {
            case Presence.Never _ -> 0;
            case Presence.Absent _ -> 1;
            case Presence.Unknown _ -> 2;
            case Presence.Present _ -> 3;
        };
    }
}
