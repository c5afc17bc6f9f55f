package io.holdfast.scheduler;

import io.holdfast.model.Amounts;
import io.holdfast.model.HostWish;
import io.holdfast.model.ProjectId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What hosts are, by number: the metadata of their aggregates, their traits, and which stocks they have. Ten thousand hosts are of a few natures,
 * so what flavors, images and dedications have against a host is found out once for each nature and kind of request, and is a byte to look at for
 * each host.
 *
 * <p>Both memories are bounded: what is beyond the bound is forgotten, and found out anew when it is asked for. One thread at a time.
 */
final class Natures {

    /** Kinds of requests that are remembered; a cloud has about as many flavors times images. */
    private static final int KINDS_MAX = 256;

    private static final byte UNKNOWN = 0;
    private static final byte SUITS = 1;
    private static final byte DOES_NOT = 2;

    private record Nature(Map<String, Set<String>> metadata, Set<String> traits, Set<String> stocks) {}

    /** Of a request all that decides; amounts by their classes, since how much is left changes with each claim. */
    private record Kind(
            HostWish wish, Set<String> stocks, @Nullable ProjectId project) {}

    private final Map<Nature, Integer> numbers = new HashMap<>();
    private final List<Nature> natures = new ArrayList<>();
    private final Map<Kind, Verdict> verdicts = new HashMap<>();

    /** Whether hosts of some nature are kept for projects. */
    private boolean keeps;

    int size() {
        return natures.size();
    }

    /** The same for hosts that are the same. */
    int number(HostSnapshot host) {
        Integer known = numbers.get(
                new Nature(host.metadata(), host.traits(), host.stocks().keySet()));
        if (known != null) {
            return known;
        }
        // A key set holds its map, and with it the amounts of a moment.
        Nature nature = new Nature(
                host.metadata(), host.traits(), Set.copyOf(host.stocks().keySet()));
        keeps |= Dedication.keeps(nature.metadata());
        numbers.put(nature, natures.size());
        natures.add(nature);
        return natures.size() - 1;
    }

    void clear() {
        numbers.clear();
        natures.clear();
        verdicts.clear();
        keeps = false;
    }

    /**
     * What there is against each nature, by its number.
     *
     * @return null where a request says nothing that a nature could be against
     */
    @Nullable
    Verdict verdict(PlacementRules rules) {
        HostWish wish = rules.wish();
        boolean minds = !wish.aggregates().isEmpty()
                || !wish.amounts().isEmpty()
                || wish.namesTraits()
                || !wish.image().isEmpty();
        if (!minds && !keeps) {
            return null;
        }
        Kind kind = new Kind(
                wish.amounts().isEmpty() ? wish : wish.withAmounts(Amounts.NONE),
                wish.amounts().of().keySet(),
                keeps ? rules.project() : null);
        Verdict known = verdicts.get(kind);
        if (known == null) {
            if (verdicts.size() >= KINDS_MAX) {
                verdicts.clear();
            }
            known = new Verdict(rules);
            verdicts.put(kind, known);
        }
        return known;
    }

    /** Of one kind of request. */
    final class Verdict {
        private final PlacementRules rules;
        private byte[] known = {};

        private Verdict(PlacementRules rules) {
            this.rules = rules;
        }

        boolean suits(int nature) {
            byte word = nature < known.length ? known[nature] : UNKNOWN;
            return word == UNKNOWN ? findOut(nature) : word == SUITS;
        }

        private boolean findOut(int number) {
            if (number >= known.length) {
                known = Arrays.copyOf(known, natures.size());
            }
            Nature nature = natures.get(number);
            boolean suits = rules.suit(nature.metadata(), nature.traits(), nature.stocks());
            known[number] = suits ? SUITS : DOES_NOT;
            return suits;
        }
    }
}
