package io.holdfast.placement.core;

import io.holdfast.placement.Candidate;
import io.holdfast.placement.CandidateQuery;
import io.holdfast.placement.CandidateQuery.Group;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.PlacementException.Problem;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Term;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what would be granted now.
 *
 * <p><b>Model.</b> Each tree of providers is looked at in turn, as the <em>anchor</em>, together with the {@link SharingProviders} that
 * offer what they have to it. Every resource class of the group without a suffix, and every other group as a whole, is a <em>slot</em>;
 * each of these providers that could fill a slot alone is a choice for it (the tree's own come first, then those that share). All ways to
 * choose are tried in order, and one counts when what comes together on each provider still fits, and the conditions on several groups
 * hold.
 *
 * <p><b>Rules</b> are those of OpenStack Placement 8 and later: its guide "Modeling with Provider Trees", and where that is silent its
 * source, {@code placement/objects/research_context.py} and {@code allocation_candidate.py}.
 *
 * <ul>
 *   <li>What the group without a suffix requires may be found on several of the providers that it comes from, also on one that shares;
 *       what it forbids, on none of them. Other groups have it on their only provider.
 *   <li>{@code member_of} of the group without a suffix: the provider is in all these aggregates, or the root of its tree is; one that
 *       shares must be in them itself. It forbids an aggregate to the provider and to the root of the anchor. For other groups only the
 *       provider itself counts.
 *   <li>{@code in_tree} of the group without a suffix takes that tree for the anchor, and nothing from those that share. That of another
 *       group names the tree that its provider is in, whatever the anchor is.
 *   <li>{@code root_required} looks at the root of the anchor, never at that of a provider that shares.
 *   <li>Before 1.29, of several providers of one tree a candidate has at most one; those that share are of other trees and may be beside it.
 *   <li>The same allocations with the same origins are one candidate, however many anchors they have.
 * </ul>
 *
 * <p>A tree with a host that takes no claims offers nothing: a candidate is what a claim would get. The number of ways is bounded, and so
 * is the work, since one way has as many slots as the caller likes. What asks for more is refused rather than answered in part, except by
 * a limit of its own, with which the search ends as soon as so many are found.
 */
public final class CandidateSearch {

    /** Ways tried for one query. Too small: honest queries on deep trees are refused; too large: one caller keeps a core for seconds. */
    static final int WAYS_MAX = 50_000;

    /**
     * Steps of one query: a condition that is compared with a provider, or a slot that is filled in one way. Too small: honest queries to
     * many hosts are refused; too large: as above.
     */
    static final int STEPS_MAX = 5_000_000;

    /** Candidates of one answer times slots of each, some tens of MB as text. Too small and too large: as above, and for memory. */
    static final int FILLED_MAX = 500_000;

    private final CandidateQuery query;
    private final Map<UUID, Provider> byId;
    private final SharingProviders sharing;

    /** By suffix, the root of the tree that {@code in_tree} names. */
    private final Map<String, UUID> trees = new HashMap<>();

    /**
     * No way at one anchor gives what another one gave: they differ in where a group comes from, or in where a class of the group without
     * a suffix does. A provider that does not share belongs to one anchor alone. So nothing is looked for in it.
     */
    private final List<Candidate> found = new ArrayList<>();

    /** Those found whose providers all share, which other anchors give again. */
    private final Set<String> shared = new HashSet<>();

    private final int stepsOfSubtrees;
    private final int required;
    private int ways;
    private int steps;

    private CandidateSearch(List<Provider> providers, CandidateQuery query) {
        this.query = query;
        byId = providers.stream().collect(Collectors.toMap(Provider::uuid, one -> one));
        sharing = SharingProviders.of(providers);
        stepsOfSubtrees = query.sameSubtree().stream().mapToInt(Set::size).sum();
        Group spread = query.groups().get("");
        required = spread == null ? 0 : spread.traits().size();
    }

    private void spend(long more) {
        if (steps + more > STEPS_MAX) {
            throw new PlacementException(
                    Problem.INVALID,
                    "This request would take more than " + STEPS_MAX
                            + " steps to answer; ask for fewer groups or conditions, or with a limit.");
        }
        steps += (int) more;
    }

    /**
     * @param providers all of them, at one moment
     * @return in the order of the providers' names
     * @throws PlacementException INVALID when there are too many ways, or too much work in them
     */
    public static List<Candidate> find(List<Provider> providers, CandidateQuery query) {
        List<Provider> byName =
                providers.stream().sorted(Comparator.comparing(Provider::name)).toList();
        CandidateSearch search = new CandidateSearch(byName, query);
        if (!search.hasTrees()) {
            return List.of();
        }
        Map<UUID, List<Provider>> trees = new LinkedHashMap<>();
        byName.forEach(one ->
                trees.computeIfAbsent(one.root(), root -> new ArrayList<>()).add(one));
        for (List<Provider> tree : trees.values()) {
            if (search.isFull()) {
                break;
            }
            search.anchor(tree);
        }
        return List.copyOf(search.found);
    }

    /** Whether every tree that a group shall come from is there. */
    private boolean hasTrees() {
        for (Map.Entry<String, Group> entry : query.groups().entrySet()) {
            UUID tree = entry.getValue().tree();
            if (tree == null) {
                continue;
            }
            Provider of = byId.get(tree);
            if (of == null) {
                return false;
            }
            trees.put(entry.getKey(), of.root());
        }
        return true;
    }

    private boolean isFull() {
        Integer limit = query.limit();
        return limit != null && found.size() >= limit;
    }

    private void anchor(List<Provider> tree) {
        spend(1);
        Provider root = byId.get(tree.getFirst().root());
        if (root == null || !tree.stream().allMatch(Provider::open) || !Term.all(query.root(), root.traits())) {
            return;
        }
        UUID wanted = trees.get("");
        if (wanted != null && !wanted.equals(root.uuid())) {
            return;
        }
        List<Provider> lent = sharing.with(tree, this::spend);
        List<Slot> slots = slots();
        List<List<Provider>> choices = new ArrayList<>();
        for (Slot slot : slots) {
            List<Provider> able = new ArrayList<>();
            tree.stream().filter(one -> isChoice(slot, one, root)).forEach(able::add);
            lent.stream().filter(one -> isChoice(slot, one, root)).forEach(able::add);
            if (able.isEmpty()) {
                return;
            }
            choices.add(able);
        }
        choose(slots, choices, new ArrayList<>());
    }

    private List<Slot> slots() {
        List<Slot> slots = new ArrayList<>();
        query.groups().forEach((suffix, group) -> {
            if (suffix.isEmpty()) {
                group.resources().forEach((name, amount) -> slots.add(new Slot("", Map.of(name, amount))));
            } else {
                slots.add(new Slot(suffix, group.resources()));
            }
        });
        return slots;
    }

    /** @param root of the anchor */
    private boolean isChoice(Slot slot, Provider provider, Provider root) {
        Group group = Objects.requireNonNull(query.groups().get(slot.suffix));
        spend(1L + group.traits().size() + 2L * group.aggregates().size() + slot.wants.size());
        UUID tree = trees.get(slot.suffix);
        if (tree != null && !provider.root().equals(tree)) {
            return false;
        }
        // What the group without a suffix requires may be found on several providers; what it forbids, on none.
        boolean traits = slot.suffix.isEmpty()
                ? group.traits().stream().filter(Term::forbidden).allMatch(term -> term.holds(provider.traits()))
                : Term.all(group.traits(), provider.traits());
        boolean aggregates = slot.suffix.isEmpty()
                ? isMember(group.aggregates(), provider, root)
                : Term.all(group.aggregates(), provider.aggregates());
        return traits
                && aggregates
                && slot.wants.entrySet().stream().allMatch(want -> provider.fits(want.getKey(), want.getValue()));
    }

    /** A whole tree is in the aggregates of its root; who shares with the tree is not in it. */
    private static boolean isMember(List<Term<UUID>> aggregates, Provider provider, Provider root) {
        List<Term<UUID>> wanted =
                aggregates.stream().filter(term -> !term.forbidden()).toList();
        boolean own = provider.root().equals(root.uuid());
        return (Term.all(wanted, provider.aggregates()) || (own && Term.all(wanted, root.aggregates())))
                && aggregates.stream()
                        .filter(Term::forbidden)
                        .allMatch(term -> term.holds(provider.aggregates()) && term.holds(root.aggregates()));
    }

    private void choose(List<Slot> slots, List<List<Provider>> choices, List<Provider> chosen) {
        if (isFull()) {
            return;
        }
        if (chosen.size() < slots.size()) {
            for (Provider next : choices.get(chosen.size())) {
                if (!query.parts() && isSecondOfItsTree(next, chosen)) {
                    // Nothing else is counted on a way that ends here.
                    spend(slots.size());
                    continue;
                }
                chosen.add(next);
                choose(slots, choices, chosen);
                chosen.removeLast();
            }
            return;
        }
        // What is looked at in consider.
        spend(slots.size() * (1L + required) + stepsOfSubtrees);
        if (isAllShared(chosen) && shared.contains(way(chosen))) {
            return;
        }
        if (++ways > WAYS_MAX) {
            throw new PlacementException(
                    Problem.INVALID,
                    "There are more than " + WAYS_MAX + " ways to meet this request; ask for less, or with a limit.");
        }
        consider(slots, chosen);
    }

    private static boolean isSecondOfItsTree(Provider next, List<Provider> chosen) {
        return chosen.stream()
                .anyMatch(one -> one.root().equals(next.root()) && !one.uuid().equals(next.uuid()));
    }

    private static boolean isAllShared(List<Provider> chosen) {
        return chosen.stream().allMatch(SharingProviders::isSharing);
    }

    /** Text, as texts are found quickly also where somebody chose them to have the same hash. */
    private static String way(List<Provider> chosen) {
        return chosen.stream().map(one -> one.uuid().toString()).collect(Collectors.joining(","));
    }

    private void consider(List<Slot> slots, List<Provider> chosen) {
        Map<UUID, Map<String, Long>> amounts = new HashMap<>();
        Map<String, Set<UUID>> mappings = new TreeMap<>();
        Set<UUID> taken = new HashSet<>();
        for (int i = 0; i < chosen.size(); i++) {
            Provider provider = chosen.get(i);
            Slot slot = slots.get(i);
            mappings.computeIfAbsent(slot.suffix, suffix -> new HashSet<>()).add(provider.uuid());
            // A group with a suffix is one slot.
            if (query.isolate() && !slot.suffix.isEmpty() && !taken.add(provider.uuid())) {
                return;
            }
            slot.wants.forEach((name, amount) -> amounts.computeIfAbsent(provider.uuid(), id -> new TreeMap<>())
                    .merge(name, (long) amount, Long::sum));
        }
        boolean fits = amounts.entrySet().stream()
                .allMatch(entry -> fits(Objects.requireNonNull(byId.get(entry.getKey())), entry.getValue()));
        if (fits && hasTraits(mappings) && query.sameSubtree().stream().allMatch(set -> isSubtree(mappings, set))) {
            found.add(new Candidate(amounts, mappings));
            if (isAllShared(chosen)) {
                shared.add(way(chosen));
            }
            if ((long) found.size() * slots.size() > FILLED_MAX) {
                throw new PlacementException(
                        Problem.INVALID,
                        "The answer would fill more than " + FILLED_MAX
                                + " groups and single resources; ask for fewer of them, or with a limit.");
            }
        }
    }

    private static boolean fits(Provider provider, Map<String, Long> wants) {
        return wants.entrySet().stream().allMatch(want -> {
            Inventory inventory = Objects.requireNonNull(provider.inventories().get(want.getKey()));
            return want.getValue() <= inventory.maxUnit()
                    && inventory.holds(provider.used(want.getKey()), want.getValue());
        });
    }

    private boolean hasTraits(Map<String, Set<UUID>> mappings) {
        Set<UUID> spread = mappings.get("");
        if (spread == null) {
            return true;
        }
        // What is forbidden, none of the choices has.
        return Objects.requireNonNull(query.groups().get("")).traits().stream()
                .filter(term -> !term.forbidden())
                .allMatch(term -> spread.stream()
                        .anyMatch(id ->
                                term.holds(Objects.requireNonNull(byId.get(id)).traits())));
    }

    private boolean isSubtree(Map<String, Set<UUID>> mappings, Set<String> suffixes) {
        Set<UUID> members = mappings.entrySet().stream()
                .filter(one -> suffixes.contains(one.getKey()))
                .flatMap(one -> one.getValue().stream())
                .collect(Collectors.toSet());
        if (members.isEmpty()) {
            return false;
        }
        // The way up from any of them leads past the one that has all others as parts, and past no other above it.
        UUID whole = members.iterator().next();
        for (Provider at = byId.get(whole); at != null; at = above(at)) {
            whole = members.contains(at.uuid()) ? at.uuid() : whole;
        }
        UUID top = whole;
        return members.stream().allMatch(one -> isPartOf(one, top));
    }

    private boolean isPartOf(UUID part, UUID whole) {
        for (Provider at = byId.get(part); at != null; at = above(at)) {
            if (at.uuid().equals(whole)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Provider above(Provider part) {
        return part.parent() == null ? null : byId.get(part.parent());
    }

    private record Slot(String suffix, Map<String, Integer> wants) {}
}
