package io.holdfast.scheduler;

import io.holdfast.model.HostWish;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a host is, in Placement's words, against what an instance's flavor and image say of it. */
final class TraitRule {

    private TraitRule() {}

    static boolean allows(HostWish wish, Set<String> traits) {
        if (!traits.containsAll(wish.required())) {
            return false;
        }
        for (String trait : wish.forbidden()) {
            if (traits.contains(trait)) {
                return false;
            }
        }
        for (Set<String> several : wish.anyOf()) {
            if (several.stream().noneMatch(traits::contains)) {
                return false;
            }
        }
        return true;
    }

    /** Why a host of these traits will not do, or null. */
    static @Nullable String objection(HostWish wish, Set<String> traits) {
        if (allows(wish, traits)) {
            return null;
        }
        for (String trait : new TreeSet<>(wish.required())) {
            if (!traits.contains(trait)) {
                return "has no trait " + trait;
            }
        }
        for (String trait : new TreeSet<>(wish.forbidden())) {
            if (traits.contains(trait)) {
                return "has trait " + trait + ", which is forbidden";
            }
        }
        return wish.anyOf().stream()
                .filter(several -> several.stream().noneMatch(traits::contains))
                .map(several -> "has none of the traits " + String.join(", ", new TreeSet<>(several)))
                .sorted()
                .findFirst()
                .orElseThrow();
    }
}
