package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.PlacementFaults;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Candidate;
import io.holdfast.placement.CandidateQuery;
import io.holdfast.placement.CandidateQuery.Group;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.holdfast.placement.Term;
import io.holdfast.placement.Words;
import io.holdfast.placement.core.CandidateSearch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Allocations that would be granted now. */
final class CandidatesProxy {

    private static final int SINCE = 10;
    private static final int BY_PROVIDER = 12;
    private static final int LIMIT = 16;
    private static final int TRAITS = 17;
    private static final int AGGREGATES = 21;
    private static final int GROUPS = 25;
    private static final int ALL_CLASSES = 27;
    private static final int NESTED = 29;
    private static final int IN_TREE = 31;
    private static final int WORDS_AS_SUFFIXES = 33;
    private static final int MAPPINGS = 34;
    private static final int ROOT_REQUIRED = 35;
    private static final int SAME_SUBTREE = 36;

    /** Of one query. */
    private static final int GROUPS_MAX = 32;

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,63}");
    private static final Pattern WORD = Pattern.compile("_?[a-zA-Z0-9_-]{1,64}");

    private static final Map<String, Integer> PER_GROUP =
            Map.of("resources", SINCE, "required", TRAITS, "member_of", AGGREGATES, "in_tree", IN_TREE);
    private static final Map<String, Integer> ONCE = Map.of(
            "limit", LIMIT, "group_policy", GROUPS, "root_required", ROOT_REQUIRED, "same_subtree", SAME_SUBTREE);

    private final Providers providers;
    private final Words words;
    private final Fresh fresh;

    CandidatesProxy(Providers providers, Words words, Fresh fresh) {
        this.providers = providers;
        this.words = words;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        return Map.of("listAllocationCandidates", this::list);
    }

    private Reply list(Call call) {
        Microversion version = call.version();
        version.requireBetween(SINCE, Integer.MAX_VALUE);
        CandidateQuery query = query(version, new Asked(call, name -> since(version, name)));
        List<Term<String>> traits = new ArrayList<>(query.root());
        Set<String> resources = new HashSet<>();
        query.groups().values().forEach(group -> {
            traits.addAll(group.traits());
            resources.addAll(group.resources().keySet());
        });
        ProvidersProxy.requireKnown(words, traits, resources);
        List<Provider> all = providers.list();
        List<Candidate> found = CandidateSearch.find(all, query);
        JsonArray requests = new JsonArray();
        found.forEach(one -> requests.add(request(version, one)));
        return fresh.now(
                call,
                Reply.ok(new JsonObject()
                        .put("allocation_requests", requests)
                        .put("provider_summaries", summaries(version, all, found, resources))));
    }

    private static int since(Microversion version, String name) {
        Integer once = ONCE.get(name);
        if (once != null) {
            return once;
        }
        for (Map.Entry<String, Integer> one : PER_GROUP.entrySet()) {
            if (name.equals(one.getKey())) {
                return one.getValue();
            }
            if (name.startsWith(one.getKey())) {
                Pattern suffix = version.atLeast(WORDS_AS_SUFFIXES) ? WORD : NUMBER;
                return suffix.matcher(name.substring(one.getKey().length())).matches()
                        ? Math.max(one.getValue(), GROUPS)
                        : Integer.MAX_VALUE;
            }
        }
        return Integer.MAX_VALUE;
    }

    private static CandidateQuery query(Microversion version, Asked asked) {
        Map<String, Map<String, Integer>> resources = asked.bySuffix("resources", Asked::resources);
        Map<String, List<Term<String>>> traits = asked.bySuffix("required", Asked::traits);
        Map<String, List<Term<UUID>>> aggregates = asked.bySuffix("member_of", Asked::aggregates);
        Map<String, UUID> trees =
                asked.bySuffix("in_tree", (all, name) -> all.id(name).orElseThrow());
        List<Set<String>> sameSubtree = sameSubtree(asked);
        Set<String> suffixes = new TreeSet<>(resources.keySet());
        suffixes.addAll(traits.keySet());
        suffixes.addAll(aggregates.keySet());
        suffixes.addAll(trees.keySet());
        if (resources.isEmpty()) {
            throw new ApiFault(
                    400,
                    PlacementFaults.MISSING_VALUE,
                    "There must be at least one resources or resources[$S] parameter.");
        }
        if (suffixes.size() > GROUPS_MAX) {
            throw Asked.wrong("there are more than " + GROUPS_MAX + " groups.");
        }
        Map<String, Group> groups = new TreeMap<>();
        for (String suffix : suffixes) {
            boolean inSubtree = sameSubtree.stream().anyMatch(set -> set.contains(suffix));
            if (!resources.containsKey(suffix) && !inSubtree) {
                throw Asked.wrong("All request groups must specify resources. Group '" + suffix + "' does not.");
            }
            groups.put(
                    suffix,
                    new Group(
                            resources.getOrDefault(suffix, Map.of()),
                            traits.getOrDefault(suffix, List.of()),
                            aggregates.getOrDefault(suffix, List.of()),
                            trees.get(suffix)));
        }
        requireGroups(sameSubtree, suffixes);
        List<Term<String>> root = asked.traits("root_required");
        if (root.stream().anyMatch(term -> term.of().size() > 1)) {
            throw Asked.wrong("root_required does not take 'in:'.");
        }
        return new CandidateQuery(
                groups,
                isolate(asked, resources.keySet()),
                root,
                sameSubtree,
                version.atLeast(NESTED),
                limit(asked).orElse(null));
    }

    private static void requireGroups(List<Set<String>> sameSubtree, Set<String> suffixes) {
        for (Set<String> set : sameSubtree) {
            for (String suffix : set) {
                if (!suffixes.contains(suffix)) {
                    throw Asked.wrong("Real suffixes should be specified in same_subtree: " + suffix);
                }
            }
        }
    }

    private static List<Set<String>> sameSubtree(Asked asked) {
        List<Set<String>> sets = new ArrayList<>();
        for (String text : asked.all("same_subtree")) {
            Set<String> set = new TreeSet<>(List.of(text.split(",", -1)));
            if (set.contains("")) {
                throw Asked.wrong("Empty string (unsuffixed group) can not be specified in `same_subtree`.");
            }
            sets.add(set);
        }
        return sets;
    }

    private static boolean isolate(Asked asked, Set<String> withResources) {
        Optional<String> policy = asked.one("group_policy");
        if (policy.isEmpty()) {
            if (withResources.stream().filter(suffix -> !suffix.isEmpty()).count() > 1) {
                throw Asked.wrong("The \"group_policy\" parameter is required when specifying more than one"
                        + " \"resources{N}\" parameter.");
            }
            return false;
        }
        return switch (policy.get()) {
            case "isolate" -> true;
            case "none" -> false;
            default -> throw Asked.wrong("'group_policy' must be 'none' or 'isolate', is '" + policy.get() + "'.");
        };
    }

    private static Optional<Integer> limit(Asked asked) {
        return asked.one("limit").map(text -> {
            if (!text.matches("[1-9]\\d{0,8}")) {
                throw Asked.wrong("'limit' must be a number above 0, is '" + text + "'.");
            }
            return Integer.valueOf(text);
        });
    }

    private static JsonObject request(Microversion version, Candidate candidate) {
        JsonObject request = new JsonObject();
        Map<UUID, Map<String, Long>> amounts = new TreeMap<>(candidate.amounts());
        if (version.atLeast(BY_PROVIDER)) {
            JsonObject byProvider = new JsonObject();
            amounts.forEach((id, own) ->
                    byProvider.put(id.toString(), new JsonObject().put("resources", AllocationsProxy.amounts(own))));
            request.put("allocations", byProvider);
        } else {
            JsonArray list = new JsonArray();
            amounts.forEach((id, own) -> list.add(new JsonObject()
                    .put("resource_provider", new JsonObject().put("uuid", id.toString()))
                    .put("resources", AllocationsProxy.amounts(own))));
            request.put("allocations", list);
        }
        if (version.atLeast(MAPPINGS)) {
            JsonObject mappings = new JsonObject();
            new TreeMap<>(candidate.mappings())
                    .forEach((suffix, of) -> mappings.put(
                            suffix,
                            TraitsProxy.array(
                                    of.stream().map(UUID::toString).sorted().toList())));
            request.put("mappings", mappings);
        }
        return request;
    }

    /** From 1.29 on of whole trees; up to 1.26 of no more classes than were asked for. */
    private static JsonObject summaries(
            Microversion version, List<Provider> all, List<Candidate> found, Set<String> resources) {
        Set<UUID> named = found.stream()
                .flatMap(one -> one.mappings().values().stream().flatMap(Set::stream))
                .collect(Collectors.toSet());
        Set<UUID> roots = all.stream()
                .filter(one -> named.contains(one.uuid()))
                .map(Provider::root)
                .collect(Collectors.toSet());
        JsonObject summaries = new JsonObject();
        all.stream()
                .filter(one -> version.atLeast(NESTED) ? roots.contains(one.root()) : named.contains(one.uuid()))
                .forEach(one -> summaries.put(one.uuid().toString(), summary(version, one, resources)));
        return summaries;
    }

    private static JsonObject summary(Microversion version, Provider provider, Set<String> resources) {
        JsonObject amounts = new JsonObject();
        Map<String, Inventory> inventories = new TreeMap<>(provider.inventories());
        inventories.forEach((name, inventory) -> {
            if (version.atLeast(ALL_CLASSES) || resources.contains(name)) {
                amounts.put(
                        name,
                        new JsonObject().put("capacity", inventory.capacity()).put("used", provider.used(name)));
            }
        });
        JsonObject summary = new JsonObject().put("resources", amounts);
        if (version.atLeast(TRAITS)) {
            summary.put("traits", TraitsProxy.array(new TreeSet<>(provider.traits())));
        }
        if (version.atLeast(NESTED)) {
            summary.put("root_provider_uuid", provider.root().toString())
                    .put("parent_provider_uuid", ProvidersProxy.text(provider.parent()));
        }
        return summary;
    }
}
