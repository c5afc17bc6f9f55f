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
import java.util.LinkedHashSet;
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
 * <p>A tree with a host that takes no claims offers nothing: a candidate is what a claim would get. The number of ways is bounded; what
 * asks for more is refused rather than answered in part, except by a limit of its own.
 */
public final class CandidateSearch {

    /** Ways tried for one query. Too small: honest queries on deep trees are refused; too large: one caller keeps a core for seconds. */
    static final int WAYS_MAX = 50_000;

    private final CandidateQuery query;
    private final Set<Candidate> found = new LinkedHashSet<>();
    private int ways;

    private CandidateSearch(CandidateQuery query) {
        this.query = query;
    }

    /**
     * @param providers all of them, at one moment
     * @return in the order of the providers' names
     * @throws PlacementException INVALID when there are too many ways
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
        // A whole tree is in the aggregates of its root.
        Set<UUID> aggregates = new HashSet<>(provider.aggregates());
        aggregates.addAll(root.aggregates());
        // What the group without a suffix requires may be found on several providers; what it forbids, on none.
        boolean traits = slot.suffix.isEmpty()
                ? group.traits().stream().filter(Term::forbidden).allMatch(term -> term.holds(provider.traits()))
                : Term.all(group.traits(), provider.traits());
        return traits
                && Term.all(group.aggregates(), aggregates)
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
        consider(tree, slots, chosen);
    }

    private void consider(Map<UUID, Provider> tree, List<Slot> slots, List<Provider> chosen) {
        Map<UUID, Map<String, Long>> amounts = new HashMap<>();
        Map<String, Set<UUID>> mappings = new TreeMap<>();
        for (int i = 0; i < chosen.size(); i++) {
            Provider provider = chosen.get(i);
            Slot slot = slots.get(i);
            boolean first = mappings.computeIfAbsent(slot.suffix, suffix -> new HashSet<>())
                    .add(provider.uuid());
            if (query.isolate() && first && !slot.suffix.isEmpty() && isShared(mappings, slot.suffix)) {
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
        }
    }

    private static boolean isShared(Map<String, Set<UUID>> mappings, String suffix) {
        Set<UUID> own = Objects.requireNonNull(mappings.get(suffix));
        return mappings.entrySet().stream()
                .filter(one -> !one.getKey().isEmpty() && !one.getKey().equals(suffix))
                .anyMatch(one -> one.getValue().stream().anyMatch(own::contains));
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
        Set<String> traits = spread.stream()
                .flatMap(id -> Objects.requireNonNull(tree.get(id)).traits().stream())
                .collect(Collectors.toSet());
        return Term.all(Objects.requireNonNull(query.groups().get("")).traits(), traits);
    }

    private static boolean isSubtree(Map<UUID, Provider> tree, Map<String, Set<UUID>> mappings, Set<String> suffixes) {
        Set<UUID> members = mappings.entrySet().stream()
                .filter(one -> suffixes.contains(one.getKey()))
                .flatMap(one -> one.getValue().stream())
                .collect(Collectors.toSet());
        return members.stream().anyMatch(top -> members.stream().allMatch(one -> isPartOf(tree, one, top)));
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
