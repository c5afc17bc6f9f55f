package io.holdfast.placement.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.placement.Candidate;
import io.holdfast.placement.CandidateQuery;
import io.holdfast.placement.CandidateQuery.Group;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Term;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The search finds what somebody finds who tries every way and looks at each condition by itself, and nothing else. */
class CandidateSearchPropertiesTest {

    private static final List<String> CLASSES = List.of("VCPU", "MEMORY_MB", "CUSTOM_FPGA");
    private static final List<String> TRAITS = List.of("CUSTOM_A", "CUSTOM_B", "CUSTOM_C");
    private static final String SHARES = "MISC_SHARES_VIA_AGGREGATE";
    private static final List<UUID> AGGREGATES = List.of(new UUID(7, 1), new UUID(7, 2), new UUID(7, 3));

    @Property(tries = 1500)
    void findsExactlyWhatADumbSearchFinds(@ForAll long seed) {
        Random random = new Random(seed);
        List<Provider> providers = providers(random);
        CandidateQuery query = query(random, providers);
        List<Candidate> found = CandidateSearch.find(providers, query);
        assertThat(found).doesNotHaveDuplicates();
        assertThat(new HashSet<>(found)).isEqualTo(dumb(providers, query));
    }

    @Property(tries = 100)
    void aLimitTakesTheFirstOfAll(@ForAll long seed) {
        Random random = new Random(seed);
        List<Provider> providers = providers(random);
        CandidateQuery all = query(random, providers);
        CandidateQuery some =
                new CandidateQuery(all.groups(), all.isolate(), all.root(), all.sameSubtree(), all.parts(), 2);
        List<Candidate> found = CandidateSearch.find(providers, all);
        assertThat(CandidateSearch.find(providers, some)).isEqualTo(found.subList(0, Math.min(2, found.size())));
    }

    @Test
    void refusesWhatHasTooManyWays() {
        Random random = new Random(1);
        UUID root = new UUID(random.nextLong(), random.nextLong());
        List<Provider> tree = IntStream.range(0, 15)
                .mapToObj(i -> new Provider(
                        i == 0 ? root : new UUID(random.nextLong(), random.nextLong()),
                        "p" + i,
                        0,
                        i == 0 ? null : root,
                        root,
                        false,
                        true,
                        Map.of("VCPU", new Inventory(8, 0, 1, 8, 1, 1)),
                        Map.of(),
                        Set.of(),
                        Set.of(),
                        Instant.EPOCH))
                .toList();
        Map<String, Group> groups = new HashMap<>();
        for (int i = 1; i <= 5; i++) {
            groups.put(String.valueOf(i), new Group(Map.of("VCPU", 1), List.of(), List.of(), null));
        }
        assertThatThrownBy(() ->
                        CandidateSearch.find(tree, new CandidateQuery(groups, false, List.of(), List.of(), true, null)))
                .isInstanceOf(PlacementException.class)
                .hasMessageContaining("50000 ways");
        assertThat(CandidateSearch.find(tree, new CandidateQuery(groups, false, List.of(), List.of(), true, 5)))
                .hasSize(5);
    }

    /** Each with 100,000 VCPU, in one chain of so many. */
    private static List<Provider> chain(int count) {
        UUID root = new UUID(1, 0);
        return IntStream.range(0, count)
                .mapToObj(i -> new Provider(
                        new UUID(1, i),
                        "p%03d".formatted(i),
                        0,
                        i == 0 ? null : new UUID(1, i - 1),
                        root,
                        false,
                        true,
                        Map.of("VCPU", new Inventory(100_000, 0, 1, 100_000, 1, 1)),
                        Map.of(),
                        Set.of(),
                        Set.of(),
                        Instant.EPOCH))
                .toList();
    }

    private static Map<String, Group> groups(int count) {
        Map<String, Group> groups = new HashMap<>();
        for (int i = 1; i <= count; i++) {
            groups.put(String.valueOf(i), new Group(Map.of("VCPU", 1), List.of(), List.of(), null));
        }
        return groups;
    }

    @Test
    void refusesWhatTakesTooManySteps() {
        Map<String, Group> groups = groups(32);
        List<Set<String>> subtrees = java.util.Collections.nCopies(100, groups.keySet());
        CandidateQuery all = new CandidateQuery(groups, true, List.of(), subtrees, true, 1000);
        // One step after the other fails, as nobody else may have a provider twice; the limit is never reached.
        assertThatThrownBy(() -> CandidateSearch.find(chain(31), all))
                .isInstanceOf(PlacementException.class)
                .hasMessageContaining("5000000 steps");
    }

    @Test
    void refusesAnAnswerThatNobodyCanRead() {
        Map<String, Group> groups = groups(32);
        assertThatThrownBy(() -> CandidateSearch.find(
                        chain(2), new CandidateQuery(groups, false, List.of(), List.of(), true, null)))
                .isInstanceOf(PlacementException.class)
                .hasMessageContaining("500000 groups");
        assertThat(CandidateSearch.find(chain(2), new CandidateQuery(groups, false, List.of(), List.of(), true, 1000)))
                .hasSize(1000);
    }

    private static List<Provider> providers(Random random) {
        int count = 1 + random.nextInt(6);
        List<Integer> parents = new ArrayList<>();
        List<Provider> providers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int parent = i == 0 || random.nextInt(3) == 0 ? -1 : random.nextInt(i);
            parents.add(parent);
            int top = i;
            while (parents.get(top) >= 0) {
                top = parents.get(top);
            }
            Map<String, Inventory> inventories = new HashMap<>();
            Map<String, Long> used = new HashMap<>();
            for (String name : CLASSES) {
                if (random.nextInt(3) > 0) {
                    int total = 1 + random.nextInt(6);
                    inventories.put(
                            name,
                            new Inventory(
                                    total,
                                    random.nextInt(2),
                                    1 + random.nextInt(2),
                                    1 + random.nextInt(6),
                                    1 + random.nextInt(2),
                                    random.nextBoolean() ? 1 : 1.5));
                    used.put(name, (long) random.nextInt(4));
                }
            }
            Set<String> traits = new HashSet<>(some(random, TRAITS));
            if (random.nextInt(3) == 0) {
                traits.add(SHARES);
            }
            providers.add(new Provider(
                    new UUID(0, i),
                    "p" + i,
                    0,
                    parent < 0 ? null : new UUID(0, parent),
                    new UUID(0, top),
                    parent < 0,
                    parent >= 0 || random.nextInt(8) > 0,
                    inventories,
                    used,
                    traits,
                    some(random, AGGREGATES),
                    Instant.EPOCH));
        }
        Collections.shuffle(providers, random);
        return providers;
    }

    private static CandidateQuery query(Random random, List<Provider> providers) {
        Map<String, Group> groups = new HashMap<>();
        for (String suffix : List.of("", "1", "2")) {
            if (random.nextBoolean() || (suffix.equals("2") && groups.isEmpty())) {
                Map<String, Integer> resources = new HashMap<>();
                CLASSES.stream()
                        .filter(name -> random.nextInt(2) == 0)
                        .forEach(name -> resources.put(name, 1 + random.nextInt(3)));
                if (resources.isEmpty() && (suffix.isEmpty() || random.nextInt(3) > 0)) {
                    resources.put("VCPU", 1);
                }
                groups.put(
                        suffix,
                        new Group(
                                resources,
                                terms(random, TRAITS),
                                terms(random, AGGREGATES),
                                random.nextInt(6) == 0
                                        ? providers
                                                .get(random.nextInt(providers.size()))
                                                .uuid()
                                        : null));
            }
        }
        List<Set<String>> sameSubtree = groups.keySet().containsAll(Set.of("1", "2")) && random.nextBoolean()
                ? List.of(Set.of("1", "2"))
                : List.of();
        return new CandidateQuery(
                groups,
                random.nextBoolean(),
                random.nextInt(4) == 0 ? terms(random, TRAITS) : List.of(),
                sameSubtree,
                random.nextInt(4) > 0,
                null);
    }

    private static <T> Set<T> some(Random random, List<T> of) {
        return of.stream().filter(one -> random.nextBoolean()).collect(Collectors.toSet());
    }

    private static <T> List<Term<T>> terms(Random random, List<T> of) {
        List<Term<T>> terms = new ArrayList<>();
        while (random.nextInt(3) == 0) {
            Set<T> set = some(random, of);
            if (!set.isEmpty()) {
                terms.add(new Term<>(set, random.nextInt(3) == 0));
            }
        }
        return terms;
    }

    /** One thing that has to come from one provider. */
    private record Piece(String suffix, Map<String, Integer> wants) {}

    private static Set<Candidate> dumb(List<Provider> providers, CandidateQuery query) {
        List<Piece> pieces = new ArrayList<>();
        query.groups().forEach((suffix, group) -> {
            if (suffix.isEmpty()) {
                group.resources().forEach((name, amount) -> pieces.add(new Piece("", Map.of(name, amount))));
            } else {
                pieces.add(new Piece(suffix, group.resources()));
            }
        });
        Set<Candidate> found = new HashSet<>();
        int ways = (int) Math.pow(providers.size(), pieces.size());
        for (int way = 0; way < ways; way++) {
            List<Provider> from = new ArrayList<>();
            for (int i = 0, rest = way; i < pieces.size(); i++, rest /= providers.size()) {
                from.add(providers.get(rest % providers.size()));
            }
            if (isGood(providers, query, pieces, from)) {
                found.add(candidate(pieces, from));
            }
        }
        return found;
    }

    /** Whether some tree is an anchor under which each of these may be where it is. */
    private static boolean isGood(List<Provider> all, CandidateQuery query, List<Piece> pieces, List<Provider> from) {
        return all.stream()
                        .filter(root -> root.uuid().equals(root.root()))
                        .anyMatch(root -> isAnchor(all, query, pieces, from, root))
                && holdsTogether(all, query, pieces, from)
                && hasRoom(pieces, from);
    }

    private static boolean isAnchor(
            List<Provider> all, CandidateQuery query, List<Piece> pieces, List<Provider> from, Provider root) {
        return isOpen(all, root)
                && query.root().stream().allMatch(term -> holds(term, root.traits()))
                && IntStream.range(0, pieces.size())
                        .allMatch(i -> isInPlace(all, query, pieces.get(i).suffix, from.get(i), root));
    }

    private static boolean isInPlace(
            List<Provider> all, CandidateQuery query, String suffix, Provider one, Provider root) {
        boolean own = one.root().equals(root.uuid());
        boolean lent = one.traits().contains(SHARES)
                && isOpen(all, one)
                && all.stream()
                        .filter(other -> other.root().equals(root.uuid()))
                        .anyMatch(other -> other.aggregates().stream().anyMatch(one.aggregates()::contains));
        if (!own && !lent) {
            return false;
        }
        Group group = query.groups().get(suffix);
        UUID tree = group.tree() == null
                ? null
                : all.stream()
                        .filter(other -> other.uuid().equals(group.tree()))
                        .findFirst()
                        .orElseThrow()
                        .root();
        if (!suffix.isEmpty()) {
            return (tree == null || one.root().equals(tree))
                    && group.aggregates().stream().allMatch(term -> holds(term, one.aggregates()));
        }
        if (tree != null && !(own && root.uuid().equals(tree))) {
            return false;
        }
        boolean self = true;
        boolean top = own;
        for (Term<UUID> term : group.aggregates()) {
            if (term.forbidden()) {
                if (!holds(term, one.aggregates()) || !holds(term, root.aggregates())) {
                    return false;
                }
            } else {
                self &= holds(term, one.aggregates());
                top &= holds(term, root.aggregates());
            }
        }
        return self || top;
    }

    private static boolean isOpen(List<Provider> all, Provider one) {
        return all.stream().filter(other -> other.root().equals(one.root())).allMatch(Provider::open);
    }

    private static boolean holdsTogether(
            List<Provider> all, CandidateQuery query, List<Piece> pieces, List<Provider> from) {
        Map<String, Set<UUID>> by = candidate(pieces, from).mappings();
        boolean single = query.parts()
                || from.stream()
                        .allMatch(one -> from.stream()
                                .allMatch(other -> one == other || !one.root().equals(other.root())));
        boolean traits = query.groups().entrySet().stream().allMatch(entry -> {
            Set<String> together = IntStream.range(0, pieces.size())
                    .filter(i -> pieces.get(i).suffix.equals(entry.getKey()))
                    .mapToObj(from::get)
                    .flatMap(one -> one.traits().stream())
                    .collect(Collectors.toSet());
            return entry.getValue().traits().stream().allMatch(term -> holds(term, together));
        });
        boolean apart = !query.isolate()
                || Stream.of("1", "2")
                        .noneMatch(suffix -> by.keySet().stream()
                                .anyMatch(other -> !other.isEmpty()
                                        && !other.equals(suffix)
                                        && by.containsKey(suffix)
                                        && by.get(suffix).equals(by.get(other))));
        boolean subtrees = query.sameSubtree().stream().allMatch(set -> {
            Set<UUID> members =
                    set.stream().flatMap(suffix -> by.get(suffix).stream()).collect(Collectors.toSet());
            return members.stream()
                    .anyMatch(top ->
                            members.stream().allMatch(one -> ancestors(all, one).contains(top)));
        });
        return single && traits && apart && subtrees;
    }

    private static boolean hasRoom(List<Piece> pieces, List<Provider> from) {
        Map<Provider, Map<String, Long>> sums = new HashMap<>();
        for (int i = 0; i < pieces.size(); i++) {
            for (Map.Entry<String, Integer> want : pieces.get(i).wants.entrySet()) {
                Inventory inventory = from.get(i).inventories().get(want.getKey());
                if (inventory == null
                        || want.getValue() < inventory.minUnit()
                        || want.getValue() % inventory.stepSize() != 0) {
                    return false;
                }
                sums.computeIfAbsent(from.get(i), one -> new HashMap<>())
                        .merge(want.getKey(), (long) want.getValue(), Long::sum);
            }
        }
        return sums.entrySet().stream()
                .allMatch(entry -> entry.getValue().entrySet().stream().allMatch(sum -> {
                    Inventory inventory = entry.getKey().inventories().get(sum.getKey());
                    return sum.getValue() <= inventory.maxUnit()
                            && entry.getKey().used(sum.getKey()) + sum.getValue()
                                    <= (inventory.total() - inventory.reserved()) * inventory.ratio();
                }));
    }

    private static Candidate candidate(List<Piece> pieces, List<Provider> from) {
        Map<UUID, Map<String, Long>> amounts = new HashMap<>();
        Map<String, Set<UUID>> mappings = new HashMap<>();
        for (int i = 0; i < pieces.size(); i++) {
            UUID provider = from.get(i).uuid();
            mappings.computeIfAbsent(pieces.get(i).suffix, suffix -> new HashSet<>())
                    .add(provider);
            pieces.get(i)
                    .wants
                    .forEach((name, amount) -> amounts.computeIfAbsent(provider, id -> new TreeMap<>())
                            .merge(name, (long) amount, Long::sum));
        }
        return new Candidate(amounts, mappings);
    }

    private static <T> boolean holds(Term<T> term, Set<T> has) {
        boolean any = term.of().stream().anyMatch(has::contains);
        return term.forbidden() ? !any : any;
    }

    private static Set<UUID> ancestors(List<Provider> tree, UUID of) {
        Set<UUID> all = new HashSet<>(Set.of(of));
        tree.stream()
                .filter(one -> one.uuid().equals(of) && one.parent() != null)
                .forEach(one -> all.addAll(ancestors(tree, one.parent())));
        return all;
    }
}
