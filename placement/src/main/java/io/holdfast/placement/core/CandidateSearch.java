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

/**
 * Finds what would be granted now.
 *
 * <p><b>Model.</b> Each tree of providers is looked at by itself. Every resource class of the group without a suffix, and every other
 * group as a whole, is a <em>slot</em>; each provider of the tree that could fill a slot alone is a choice for it. All ways to choose are
 * tried in order, and one counts when what comes together on each provider still fits, and the conditions on several groups hold.
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
    /**
     * No way gives what another one gave: they differ in where a group comes from, or in where a class of the group without a suffix
     * does. So nothing is looked for in it; ids of providers are their makers' choice, and could be chosen to be slow to compare.
     */
    private final List<Candidate> found = new ArrayList<>();

    private final int stepsOfSubtrees;
    private final int required;
    private int ways;
    private int steps;

    private CandidateSearch(CandidateQuery query) {
        this.query = query;
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
        CandidateSearch search = new CandidateSearch(query);
        Map<UUID, List<Provider>> trees = new LinkedHashMap<>();
        providers.stream()
                .sorted(Comparator.comparing(Provider::name))
                .forEach(one -> trees.computeIfAbsent(one.root(), root -> new ArrayList<>())
                        .add(one));
        for (List<Provider> tree : trees.values()) {
            if (search.isFull()) {
                break;
            }
            search.tree(tree);
        }
        return List.copyOf(search.found);
    }

    private boolean isFull() {
        Integer limit = query.limit();
        return limit != null && found.size() >= limit;
    }

    private void tree(List<Provider> tree) {
        spend(1);
        Map<UUID, Provider> byId = tree.stream().collect(Collectors.toMap(Provider::uuid, one -> one));
        Provider root = byId.get(tree.getFirst().root());
        if (root == null || !tree.stream().allMatch(Provider::open) || !Term.all(query.root(), root.traits())) {
            return;
        }
        List<Slot> slots = new ArrayList<>();
        for (Map.Entry<String, Group> entry : query.groups().entrySet()) {
            Group group = entry.getValue();
            if (group.tree() != null && !byId.containsKey(group.tree())) {
                return;
            }
            if (entry.getKey().isEmpty()) {
                group.resources().forEach((name, amount) -> slots.add(new Slot("", Map.of(name, amount))));
            } else {
                slots.add(new Slot(entry.getKey(), group.resources()));
            }
        }
        List<List<Provider>> choices = new ArrayList<>();
        for (Slot slot : slots) {
            List<Provider> able = tree.stream()
                    .filter(one -> query.parts() || one.uuid().equals(root.uuid()))
                    .filter(one -> isChoice(slot, one, root))
                    .toList();
            if (able.isEmpty()) {
                return;
            }
            choices.add(able);
        }
        choose(byId, slots, choices, new ArrayList<>());
    }

    private boolean isChoice(Slot slot, Provider provider, Provider root) {
        Group group = Objects.requireNonNull(query.groups().get(slot.suffix));
        spend(1L + group.traits().size() + group.aggregates().size() + slot.wants.size());
        Set<UUID> aggregates = Set.of();
        if (!group.aggregates().isEmpty()) {
            // A whole tree is in the aggregates of its root.
            aggregates = new HashSet<>(provider.aggregates());
            aggregates.addAll(root.aggregates());
        }
        // What the group without a suffix requires may be found on several providers; what it forbids, on none.
        Set<UUID> among = aggregates;
        boolean traits = slot.suffix.isEmpty()
                ? group.traits().stream().filter(Term::forbidden).allMatch(term -> term.holds(provider.traits()))
                : Term.all(group.traits(), provider.traits());
        return traits
                && Term.all(group.aggregates(), among)
                && slot.wants.entrySet().stream().allMatch(want -> provider.fits(want.getKey(), want.getValue()));
    }

    private void choose(
            Map<UUID, Provider> tree, List<Slot> slots, List<List<Provider>> choices, List<Provider> chosen) {
        if (isFull()) {
            return;
        }
        if (chosen.size() < slots.size()) {
            for (Provider next : choices.get(chosen.size())) {
                chosen.add(next);
                choose(tree, slots, choices, chosen);
                chosen.removeLast();
            }
            return;
        }
        if (++ways > WAYS_MAX) {
            throw new PlacementException(
                    Problem.INVALID,
                    "There are more than " + WAYS_MAX + " ways to meet this request; ask for less, or with a limit.");
        }
        // What is looked at in consider.
        spend(slots.size() * (1L + required) + stepsOfSubtrees);
        consider(tree, slots, chosen);
    }

    private void consider(Map<UUID, Provider> tree, List<Slot> slots, List<Provider> chosen) {
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
                .allMatch(entry -> fits(Objects.requireNonNull(tree.get(entry.getKey())), entry.getValue()));
        if (fits
                && hasTraits(tree, mappings)
                && query.sameSubtree().stream().allMatch(set -> isSubtree(tree, mappings, set))) {
            found.add(new Candidate(amounts, mappings));
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

    private boolean hasTraits(Map<UUID, Provider> tree, Map<String, Set<UUID>> mappings) {
        Set<UUID> spread = mappings.get("");
        if (spread == null) {
            return true;
        }
        // What is forbidden, none of the choices has.
        return Objects.requireNonNull(query.groups().get("")).traits().stream()
                .filter(term -> !term.forbidden())
                .allMatch(term -> spread.stream()
                        .anyMatch(id ->
                                term.holds(Objects.requireNonNull(tree.get(id)).traits())));
    }

    private static boolean isSubtree(Map<UUID, Provider> tree, Map<String, Set<UUID>> mappings, Set<String> suffixes) {
        Set<UUID> members = mappings.entrySet().stream()
                .filter(one -> suffixes.contains(one.getKey()))
                .flatMap(one -> one.getValue().stream())
                .collect(Collectors.toSet());
        if (members.isEmpty()) {
            return false;
        }
        // The way up from any of them leads past the one that has all others as parts, and past no other above it.
        UUID whole = members.iterator().next();
        for (Provider at = tree.get(whole); at != null; at = at.parent() == null ? null : tree.get(at.parent())) {
            whole = members.contains(at.uuid()) ? at.uuid() : whole;
        }
        UUID top = whole;
        return members.stream().allMatch(one -> isPartOf(tree, one, top));
    }

    private static boolean isPartOf(Map<UUID, Provider> tree, UUID part, UUID whole) {
        for (Provider at = tree.get(part); at != null; at = at.parent() == null ? null : tree.get(at.parent())) {
            if (at.uuid().equals(whole)) {
                return true;
            }
        }
        return false;
    }

    private record Slot(String suffix, Map<String, Integer> wants) {}
}
