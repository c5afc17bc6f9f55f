package io.holdfast.placement.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.placement.Candidate;
import io.holdfast.placement.CandidateQuery;
import io.holdfast.placement.CandidateQuery.Group;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.PlacementException;
import io.holdfast.placement.Provider;
import io.holdfast.placement.StandardWords;
import io.holdfast.placement.Term;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A site where something is shared. In rack 1 stand {@code east}, with a disk of its own and two NUMA nodes (one of them counts as rack 2),
 * {@code west} without a disk, and {@code cellar}, a large disk that is not shared; {@code ssd} shares a fast disk with the rack, and
 * {@code nas} a slow one with the rack and the loading dock. At the dock is a node of {@code south}, not {@code south} itself.
 * {@code attic} would share, but is in no aggregate.
 */
class SharingCandidatesTest {

    private static final UUID RACK_1 = new UUID(9, 1);
    private static final UUID RACK_2 = new UUID(9, 2);
    private static final UUID DOCK = new UUID(9, 3);

    private static final List<Provider> SITE = List.of(
            host("attic", Map.of("DISK_GB", 40), Set.of(StandardWords.SHARES), Set.of()),
            host("cellar", Map.of("DISK_GB", 1000), Set.of(), Set.of(RACK_1)),
            host("east", Map.of("MEMORY_MB", 1024, "DISK_GB", 200), Set.of(), Set.of(RACK_1)),
            part("east-0", "east", Map.of("VCPU", 4), Set.of("HW_CPU_X86_AVX"), Set.of()),
            part("east-1", "east", Map.of("VCPU", 4), Set.of(), Set.of(RACK_2)),
            host("nas", Map.of("DISK_GB", 500), Set.of(StandardWords.SHARES), Set.of(RACK_1, DOCK)),
            host("south", Map.of("MEMORY_MB", 2048), Set.of("CUSTOM_QUIET"), Set.of()),
            part("south-0", "south", Map.of("VCPU", 8), Set.of(), Set.of(DOCK)),
            host("ssd", Map.of("DISK_GB", 100), Set.of(StandardWords.SHARES, "STORAGE_DISK_SSD"), Set.of(RACK_1)),
            host("west", Map.of("VCPU", 4, "MEMORY_MB", 1024), Set.of(), Set.of(RACK_1)));

    /** What each case asks for, and what it is given: candidates as {@code provider+provider}, in their order. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                // The tree's own first; the disk of a host without one comes from who shares; attic and cellar share
                // with nobody.
                "VCPU:4 MEMORY_MB:1024 DISK_GB:100 | east+east-0 east+east-0+nas east+east-0+ssd east+east-1 east+east-1+nas east+east-1+ssd nas+south+south-0 nas+west ssd+west",
                // A part's aggregate is enough for its whole tree.
                "MEMORY_MB:2000 DISK_GB:300 | nas+south",
                // Alone it is one candidate, whatever trees it shares with.
                "DISK_GB:300 | cellar nas",
                "DISK_GB:40 | attic cellar east nas ssd",
                // Traits of all of them together, and forbidden to each.
                "VCPU:1 DISK_GB:50 required:HW_CPU_X86_AVX,STORAGE_DISK_SSD | east-0+ssd",
                "VCPU:1 DISK_GB:50 required:!STORAGE_DISK_SSD,HW_CPU_X86_AVX | east+east-0 east-0+nas",
                "VCPU:4 MEMORY_MB:1 DISK_GB:50 required:!MISC_SHARES_VIA_AGGREGATE | east+east-0 east+east-1",
                // Whoever shares is itself in the aggregate; of a tree, its root.
                "VCPU:1 DISK_GB:300 member:rack1 | nas+west east-0+nas east-1+nas",
                "VCPU:1 DISK_GB:50 member:rack2 | NONE",
                "VCPU:1 member:rack2 | east-1",
                "VCPU:1 DISK_GB:50 member:dock | nas+south-0",
                "VCPU:1 DISK_GB:50 member:!dock | east+east-0 east+east-1 east-0+ssd east-1+ssd ssd+west",
                "VCPU:1 DISK_GB:50 member:!rack1 | NONE",
                // Nothing that is shared comes from outside the tree that is asked for.
                "VCPU:4 DISK_GB:50 tree:east-0 | east+east-0 east+east-1",
                "VCPU:4 MEMORY_MB:1 DISK_GB:50 tree:west | NONE",
                "DISK_GB:50 tree:nas | nas",
                "VCPU:1 DISK_GB:50 tree:nas | NONE",
                "VCPU:1 tree:nobody | NONE",
                // The root of the anchor, not that of who shares.
                "VCPU:1 DISK_GB:50 root:CUSTOM_QUIET | nas+south-0",
                "VCPU:1 DISK_GB:50 root:!MISC_SHARES_VIA_AGGREGATE root:!CUSTOM_QUIET tree:west | NONE",
                "DISK_GB:300 root:MISC_SHARES_VIA_AGGREGATE | nas",
                "DISK_GB:300 root:CUSTOM_QUIET | nas",
                "DISK_GB:300 root:!MISC_SHARES_VIA_AGGREGATE | cellar nas",
                // What each offers in one piece.
                "VCPU:1 DISK_GB:501 | NONE",
            })
    void theGroupWithoutASuffixComesFromATreeAndWhoSharesWithIt(String asks, String gives) {
        assertThat(found(query(Map.of("", group(asks)), asks, true, false)))
                .containsExactlyInAnyOrderElementsOf(gives.equals("NONE") ? List.of() : List.of(gives.split(" ")));
    }

    @Test
    void theTreesOwnComeFirst() {
        assertThat(found(query(Map.of("", group("VCPU:1 DISK_GB:50")), "", true, false)))
                .containsExactly(
                        "east+east-0",
                        "east+east-1",
                        "east-0+nas",
                        "east-1+nas",
                        "east-0+ssd",
                        "east-1+ssd",
                        "nas+south-0",
                        "nas+west",
                        "ssd+west");
    }

    @ParameterizedTest(name = "{0} and {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "VCPU:4 MEMORY_MB:512 | DISK_GB:100 | false | nas+west ssd+west",
                "MEMORY_MB:512 | DISK_GB:100 | false | east east+nas east+ssd nas+south nas+west ssd+west",
                "MEMORY_MB:512 | DISK_GB:100 | true | east+nas east+ssd nas+south nas+west ssd+west",
                // Two of what is shared, also of one that shares; its room is counted once for both.
                "DISK_GB:60 | DISK_GB:60 tree:ssd | false | cellar+ssd east+ssd nas+ssd",
                "DISK_GB:250 | DISK_GB:250 | false | nas cellar cellar+nas",
                "DISK_GB:250 | DISK_GB:251 | false | cellar cellar+nas",
                // A group with a suffix has its traits and aggregates on its provider alone.
                "MEMORY_MB:512 | DISK_GB:50 required:STORAGE_DISK_SSD | false | east+ssd ssd+west",
                "MEMORY_MB:512 | DISK_GB:50 member:dock | false | east+nas nas+south nas+west",
                "VCPU:1 member:rack1 | DISK_GB:50 tree:nas | false | nas+west",
                "VCPU:1 member:rack2 | DISK_GB:50 | false | east+east-1 east-1+nas east-1+ssd",
                // Its tree is that of its provider, not the anchor's.
                "MEMORY_MB:512 tree:west | DISK_GB:50 tree:nas | false | nas+west",
                "MEMORY_MB:2000 | DISK_GB:50 tree:ssd | false | NONE",
            })
    void everyOtherGroupComesFromOneProviderThatMayShare(String one, String other, boolean isolate, String gives) {
        assertThat(Set.copyOf(found(query(Map.of("1", group(one), "2", group(other)), "", true, isolate))))
                .isEqualTo(gives.equals("NONE") ? Set.of() : Set.of(gives.split(" ")));
    }

    @Test
    void aGroupWithASuffixMayBeBesideOneWithout() {
        assertThat(found(query(Map.of("", group("VCPU:1 tree:east"), "1", group("DISK_GB:10")), "", true, false)))
                .containsExactlyInAnyOrder(
                        "east+east-0", "east+east-1", "east-0+nas", "east-1+nas", "east-0+ssd", "east-1+ssd");
    }

    @Test
    void whoSharesIsInNobodysSubtree() {
        Map<String, Group> groups = Map.of("1", group("MEMORY_MB:1"), "2", group("DISK_GB:1"));
        CandidateQuery query = new CandidateQuery(groups, false, List.of(), List.of(Set.of("1", "2")), true, null);
        assertThat(found(query)).containsExactly("east");
    }

    /** Before 1.29: whoever shares is of another tree, and so may be beside the one provider of a tree. */
    @Test
    void aClientThatKnowsNoTreesIsGivenOneProviderOfEach() {
        assertThat(found(query(Map.of("", group("VCPU:4 DISK_GB:50")), "", false, false)))
                .containsExactlyInAnyOrder(
                        "east-0+nas", "east-1+nas", "east-0+ssd", "east-1+ssd", "nas+south-0", "nas+west", "ssd+west");
        assertThat(found(query(Map.of("", group("VCPU:1 MEMORY_MB:1 DISK_GB:50")), "", false, false)))
                .containsExactlyInAnyOrder("nas+west", "ssd+west");
    }

    @Test
    void mappingsNameWhoShares() {
        Candidate one = CandidateSearch.find(
                        SITE,
                        query(Map.of("", group("MEMORY_MB:2000"), "_DISK", group("DISK_GB:300")), "", true, false))
                .getFirst();
        assertThat(one.mappings()).isEqualTo(Map.of("", Set.of(id("south")), "_DISK", Set.of(id("nas"))));
        assertThat(one.amounts())
                .isEqualTo(Map.of(id("south"), Map.of("MEMORY_MB", 2000L), id("nas"), Map.of("DISK_GB", 300L)));
    }

    @Test
    void ofATreeWhoseHostTakesNoClaimsNothingIsShared() {
        List<Provider> site = new ArrayList<>(SITE);
        site.removeIf(one -> one.name().equals("nas"));
        Provider closed = new Provider(
                id("store"),
                "store",
                0,
                null,
                id("store"),
                true,
                false,
                Map.of(),
                Map.of(),
                Set.of(),
                Set.of(),
                Instant.EPOCH);
        site.add(closed);
        site.add(part("store-0", "store", Map.of("DISK_GB", 500), Set.of(StandardWords.SHARES), Set.of(DOCK)));
        CandidateQuery query = query(Map.of("", group("MEMORY_MB:2000 DISK_GB:300")), "", true, false);
        assertThat(found(site, query)).isEmpty();
        site.remove(closed);
        site.add(host("store", Map.of(), Set.of(), Set.of()));
        assertThat(found(site, query)).containsExactly("south+store-0");
    }

    @Test
    void aLimitCountsWhatIsSharedOnce() {
        List<Provider> site = new ArrayList<>();
        site.add(host("a-nas", Map.of("DISK_GB", 500), Set.of(StandardWords.SHARES), Set.of(RACK_1)));
        IntStream.range(0, 60_000)
                .forEach(i -> site.add(host("host-" + i, Map.of("VCPU", 1), Set.of(), Set.of(RACK_1))));
        // So many anchors give the same, and are no ways of their own.
        assertThat(found(site, query(Map.of("", group("DISK_GB:1")), "", true, false)))
                .containsExactly("a-nas");
    }

    @Test
    void toLookUpWhoSharesIsWork() {
        List<Provider> site = new ArrayList<>();
        IntStream.range(0, 3000)
                .forEach(i -> site.add(
                        host("nas-" + i, Map.of("DISK_GB", 500), Set.of(StandardWords.SHARES), Set.of(RACK_1))));
        assertThatThrownBy(() -> CandidateSearch.find(site, query(Map.of("", group("DISK_GB:1000")), "", true, false)))
                .isInstanceOf(PlacementException.class)
                .hasMessageContaining("5000000 steps");
    }

    private static CandidateQuery query(Map<String, Group> groups, String asks, boolean parts, boolean isolate) {
        List<Term<String>> root = new ArrayList<>();
        for (String word : asks.split(" ")) {
            if (word.startsWith("root:")) {
                root.add(term(word.substring("root:".length()), name -> name));
            }
        }
        return new CandidateQuery(groups, isolate, root, List.of(), parts, null);
    }

    /** {@code VCPU:1 required:A,!B member:rack1 tree:east}. */
    private static Group group(String text) {
        Map<String, Integer> resources = new HashMap<>();
        List<Term<String>> traits = new ArrayList<>();
        List<Term<UUID>> aggregates = new ArrayList<>();
        UUID tree = null;
        for (String word : text.split(" ")) {
            String value = word.substring(word.indexOf(':') + 1);
            switch (word.substring(0, word.indexOf(':'))) {
                case "required" -> {
                    for (String trait : value.split(",")) {
                        traits.add(term(trait, name -> name));
                    }
                }
                case "member" ->
                    aggregates.add(term(value, Map.of("rack1", RACK_1, "rack2", RACK_2, "dock", DOCK)::get));
                case "tree" -> tree = id(value);
                case "root" -> {}
                default -> resources.put(word.substring(0, word.indexOf(':')), Integer.valueOf(value));
            }
        }
        return new Group(resources, traits, aggregates, tree);
    }

    private static <T> Term<T> term(String text, Function<String, T> of) {
        return text.startsWith("!")
                ? new Term<>(Set.of(of.apply(text.substring(1))), true)
                : new Term<>(Set.of(of.apply(text)), false);
    }

    private static List<String> found(CandidateQuery query) {
        return found(SITE, query);
    }

    private static List<String> found(List<Provider> site, CandidateQuery query) {
        Map<UUID, String> names = site.stream().collect(Collectors.toMap(Provider::uuid, Provider::name));
        return CandidateSearch.find(site, query).stream()
                .map(one ->
                        one.amounts().keySet().stream().map(names::get).collect(Collectors.toCollection(TreeSet::new)))
                .map(one -> String.join("+", one))
                .toList();
    }

    private static UUID id(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    private static Provider host(String name, Map<String, Integer> offers, Set<String> traits, Set<UUID> aggregates) {
        return provider(name, null, name, offers, traits, aggregates);
    }

    private static Provider part(
            String name, String of, Map<String, Integer> offers, Set<String> traits, Set<UUID> aggregates) {
        return provider(name, id(of), of, offers, traits, aggregates);
    }

    private static Provider provider(
            String name,
            @Nullable UUID parent,
            String root,
            Map<String, Integer> offers,
            Set<String> traits,
            Set<UUID> aggregates) {
        Map<String, Inventory> inventories = new TreeMap<>();
        offers.forEach((resource, total) -> inventories.put(resource, new Inventory(total, 0, 1, total, 1, 1)));
        return new Provider(
                id(name),
                name,
                0,
                parent,
                id(root),
                parent == null,
                true,
                inventories,
                Map.of(),
                traits,
                aggregates,
                Instant.EPOCH);
    }
}
