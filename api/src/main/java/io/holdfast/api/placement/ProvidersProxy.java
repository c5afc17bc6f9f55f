package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.holdfast.placement.Providers.Parent;
import io.holdfast.placement.Term;
import io.holdfast.placement.Words;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Providers: the list with its filters, and one. */
final class ProvidersProxy {

    private static final int NESTED = 14;
    private static final int BODY = 20;
    private static final int FREE_PARENT = 37;

    /** From which version on there is a filter. */
    private static final Map<String, Integer> FILTERS =
            Map.of("name", 0, "uuid", 0, "member_of", 3, "resources", 4, "in_tree", NESTED, "required", 18);

    /** From which version on a provider has a page of its own for this. */
    private static final List<Map.Entry<String, Integer>> PAGES = List.of(
            Map.entry("inventories", 0),
            Map.entry("usages", 0),
            Map.entry("aggregates", 1),
            Map.entry("traits", 6),
            Map.entry("allocations", 11));

    private final Providers providers;
    private final Words words;
    private final Fresh fresh;

    ProvidersProxy(Providers providers, Words words, Fresh fresh) {
        this.providers = providers;
        this.words = words;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listProviders", this::list);
        table.put("createProvider", this::create);
        table.put("showProvider", call -> {
            Provider provider = Ids.provider(call, providers);
            return fresh.at(call, Reply.ok(view(call, provider)), provider.updatedAt());
        });
        table.put("updateProvider", this::update);
        table.put("deleteProvider", call -> {
            providers.delete(Ids.providerId(call));
            return Reply.empty(204);
        });
        return table;
    }

    private Reply list(Call call) {
        Asked asked = new Asked(call, FILTERS);
        Optional<String> name = asked.one("name");
        Optional<UUID> id = asked.id("uuid");
        Optional<UUID> inTree = asked.id("in_tree");
        List<Term<UUID>> aggregates = asked.aggregates("member_of");
        List<Term<String>> traits = asked.traits("required");
        Map<String, Integer> resources = asked.resources("resources");
        requireKnown(words, traits, resources.keySet());
        List<Provider> all = providers.list();
        UUID root = inTree.flatMap(tree -> all.stream()
                        .filter(one -> one.uuid().equals(tree))
                        .map(Provider::root)
                        .findFirst())
                .orElse(null);
        List<Provider> found = all.stream()
                .filter(one -> name.isEmpty() || one.name().equals(name.get()))
                .filter(one -> id.isEmpty() || one.uuid().equals(id.get()))
                .filter(one -> inTree.isEmpty() || one.root().equals(root))
                .filter(one -> Term.all(aggregates, one.aggregates()))
                .filter(one -> Term.all(traits, one.traits()))
                .filter(one -> resources.entrySet().stream().allMatch(want -> one.fits(want.getKey(), want.getValue())))
                .toList();
        JsonArray views = new JsonArray();
        found.forEach(one -> views.add(view(call, one)));
        Reply reply = Reply.ok(new JsonObject().put("resource_providers", views));
        Optional<Instant> newest = found.stream().map(Provider::updatedAt).max(Comparator.naturalOrder());
        return newest.map(at -> fresh.at(call, reply, at)).orElseGet(() -> fresh.now(call, reply));
    }

    /** @throws ApiFault 400 for a trait or a resource class that is not there */
    static void requireKnown(Words words, List<Term<String>> traits, Set<String> resources) {
        if (!traits.isEmpty()) {
            Set<String> known = words.traits();
            traits.stream()
                    .flatMap(term -> term.of().stream())
                    .filter(one -> !known.contains(one))
                    .findFirst()
                    .ifPresent(one -> {
                        throw ApiFault.badRequest("No such trait(s): " + one + ".");
                    });
        }
        if (!resources.isEmpty()) {
            Set<String> known = words.resourceClasses();
            resources.stream().filter(one -> !known.contains(one)).findFirst().ifPresent(one -> {
                throw ApiFault.badRequest(
                        "Invalid resource class in resources parameter: No such resource class " + one + ".");
            });
        }
    }

    private Reply create(Call call) {
        JsonObject body = call.body();
        String id = body.getString("uuid");
        Provider made = providers.create(
                id == null ? UUID.randomUUID() : Ids.of(id), body.getString("name"), parent(call, body));
        Reply reply = call.version().atLeast(BODY)
                ? fresh.at(call, Reply.ok(view(call, made)), made.updatedAt())
                : Reply.empty(201);
        return reply.with("Location", call.baseUrl() + PlacementApi.PROVIDERS + "/" + made.uuid());
    }

    private Reply update(Call call) {
        JsonObject body = call.body();
        // Unless it is given, it is what it is when the change is made, not what it was when somebody looked.
        Parent parent = body.containsKey("parent_provider_uuid") ? Parent.of(parent(call, body)) : new Parent.Same();
        Provider changed = providers.change(
                Ids.providerId(call),
                body.getString("name"),
                parent,
                call.version().atLeast(FREE_PARENT));
        return fresh.at(call, Reply.ok(view(call, changed)), changed.updatedAt());
    }

    private static @Nullable UUID parent(Call call, JsonObject body) {
        if (body.containsKey("parent_provider_uuid") && !call.version().atLeast(NESTED)) {
            throw ApiFault.badRequest("JSON does not validate: Additional properties are not allowed"
                    + " ('parent_provider_uuid' was unexpected)");
        }
        String parent = body.getString("parent_provider_uuid");
        return parent == null ? null : Ids.of(parent);
    }

    private static JsonObject view(Call call, Provider provider) {
        String self = PlacementApi.PROVIDERS + "/" + provider.uuid();
        JsonArray links = new JsonArray().add(link("self", self));
        PAGES.stream()
                .filter(page -> call.version().atLeast(page.getValue()))
                .forEach(page -> links.add(link(page.getKey(), self + "/" + page.getKey())));
        JsonObject view = new JsonObject()
                .put("uuid", provider.uuid().toString())
                .put("name", provider.name())
                .put("generation", provider.generation())
                .put("links", links);
        if (call.version().atLeast(NESTED)) {
            view.put("root_provider_uuid", provider.root().toString())
                    .put("parent_provider_uuid", text(provider.parent()));
        }
        return view;
    }

    static @Nullable String text(@Nullable UUID id) {
        return id == null ? null : id.toString();
    }

    static JsonObject link(String rel, String href) {
        return new JsonObject().put("rel", rel).put("href", href);
    }
}
