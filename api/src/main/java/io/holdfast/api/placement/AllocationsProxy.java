package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Allocation;
import io.holdfast.placement.AllocationWish;
import io.holdfast.placement.AllocationWish.Expected;
import io.holdfast.placement.Allocations;
import io.holdfast.placement.Consumer;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What consumers have, instances among them, and of which providers. */
final class AllocationsProxy {

    private static final int OWNED = 8;
    private static final int BY_PROVIDER = 12;
    private static final int SEVERAL = 13;
    private static final int CONSUMER_GENERATION = 28;
    private static final int RESHAPER = 30;
    private static final int MAPPINGS = 34;
    private static final int CONSUMER_TYPE = 38;

    /** Whose an allocation is when a client before 1.8 did not say; Placement's own word for it. */
    private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

    private final Providers providers;
    private final Allocations allocations;
    private final Fresh fresh;

    AllocationsProxy(Providers providers, Allocations allocations, Fresh fresh) {
        this.providers = providers;
        this.allocations = allocations;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listProviderAllocations", this::ofProvider);
        table.put("showAllocations", this::ofConsumer);
        table.put("setConsumerAllocations", this::set);
        table.put("setAllocations", this::setSeveral);
        table.put("deleteAllocations", this::delete);
        table.put("reshape", this::reshape);
        return table;
    }

    private Reply ofProvider(Call call) {
        Provider provider = Ids.provider(call, providers);
        JsonObject consumers = new JsonObject();
        allocations.at(provider.uuid()).forEach(one -> {
            JsonObject view = new JsonObject().put("resources", amounts(one.amounts()));
            if (call.version().atLeast(CONSUMER_GENERATION)) {
                view.put("consumer_generation", one.consumer().generation());
            }
            consumers.put(one.consumer().uuid().toString(), view);
        });
        return fresh.now(
                call,
                Reply.ok(new JsonObject()
                        .put("allocations", consumers)
                        .put(InventoriesProxy.GENERATION, provider.generation())));
    }

    private Reply ofConsumer(Call call) {
        List<Allocation> all =
                Ids.read(call.path("consumer")).map(allocations::of).orElse(List.of());
        JsonObject byProvider = new JsonObject();
        for (Allocation one : all) {
            long generation =
                    providers.find(one.provider()).map(Provider::generation).orElse(0L);
            byProvider.put(
                    one.provider().toString(),
                    new JsonObject().put("generation", generation).put("resources", amounts(one.amounts())));
        }
        JsonObject view = new JsonObject().put("allocations", byProvider);
        Optional<Consumer> consumer = all.stream().map(Allocation::consumer).findFirst();
        Microversion version = call.version();
        if (consumer.isPresent() && version.atLeast(BY_PROVIDER)) {
            view.put("project_id", consumer.get().project())
                    .put("user_id", consumer.get().user());
        }
        if (consumer.isPresent() && version.atLeast(CONSUMER_GENERATION)) {
            view.put("consumer_generation", consumer.get().generation());
        }
        if (consumer.isPresent() && version.atLeast(CONSUMER_TYPE)) {
            view.put("consumer_type", Objects.requireNonNullElse(consumer.get().type(), Allocations.Usage.UNKNOWN));
        }
        return fresh.now(call, Reply.ok(view));
    }

    private Reply set(Call call) {
        UUID consumer = Ids.read(call.path("consumer"))
                .orElseThrow(() -> ApiFault.badRequest("'" + call.path("consumer") + "' is not a 'uuid'"));
        boolean mayEnd = call.version().atLeast(CONSUMER_GENERATION);
        allocations.put(List.of(wish(call.version(), consumer, call.body(), mayEnd)));
        return Reply.empty(204);
    }

    private Reply setSeveral(Call call) {
        call.version().requireBetween(SEVERAL, Integer.MAX_VALUE);
        allocations.put(wishes(call.version(), call.body()));
        return Reply.empty(204);
    }

    private Reply delete(Call call) {
        UUID consumer = Ids.read(call.path("consumer"))
                .orElseThrow(() -> ApiFault.notFound("No allocations for consumer '" + call.path("consumer") + "'"));
        allocations.delete(consumer);
        return Reply.empty(204);
    }

    private Reply reshape(Call call) {
        call.version().requireBetween(RESHAPER, Integer.MAX_VALUE);
        Map<UUID, Allocations.Offer> offers = new LinkedHashMap<>();
        JsonObject inventories = call.body().getJsonObject("inventories");
        inventories.fieldNames().forEach(id -> {
            JsonObject one = inventories.getJsonObject(id);
            offers.put(
                    Ids.of(id),
                    new Allocations.Offer(
                            one.getLong(InventoriesProxy.GENERATION),
                            InventoriesProxy.wishes(call, one.getJsonObject("inventories"))));
        });
        allocations.reshape(offers, wishes(call.version(), call.body().getJsonObject("allocations")));
        return Reply.empty(204);
    }

    private static List<AllocationWish> wishes(Microversion version, JsonObject consumers) {
        Map<UUID, AllocationWish> wishes = new LinkedHashMap<>();
        consumers.fieldNames().forEach(id -> {
            UUID consumer = Ids.of(id);
            if (wishes.put(consumer, wish(version, consumer, consumers.getJsonObject(id), true)) != null) {
                throw ApiFault.badRequest("JSON does not validate: consumer " + consumer + " is there twice");
            }
        });
        return List.copyOf(wishes.values());
    }

    /** @param mayEnd whether no allocations at all mean that it shall have none; of several consumers from the first version on */
    private static AllocationWish wish(Microversion version, UUID consumer, JsonObject body, boolean mayEnd) {
        boolean owned = version.atLeast(OWNED);
        requireField(body, "project_id", owned, owned);
        requireField(body, "user_id", owned, owned);
        boolean compared = version.atLeast(CONSUMER_GENERATION);
        requireField(body, "consumer_generation", compared, compared);
        boolean typed = version.atLeast(CONSUMER_TYPE);
        requireField(body, "consumer_type", typed, typed);
        requireField(body, "mappings", version.atLeast(MAPPINGS), false);
        Map<UUID, Map<String, Integer>> amounts = version.atLeast(BY_PROVIDER) ? map(body) : list(body);
        if (amounts.isEmpty() && !mayEnd) {
            throw ApiFault.badRequest("JSON does not validate: {} does not have enough properties");
        }
        return new AllocationWish(
                consumer,
                amounts,
                body.getString("project_id", NOBODY),
                body.getString("user_id", NOBODY),
                body.getString("consumer_type"),
                compared ? expected(body.getLong("consumer_generation")) : new Expected.Anything());
    }

    private static Expected expected(@Nullable Long generation) {
        return generation == null ? new Expected.Nothing() : new Expected.Generation(generation);
    }

    private static void requireField(JsonObject body, String name, boolean known, boolean required) {
        if (body.containsKey(name) && !known) {
            throw ApiFault.badRequest(
                    "JSON does not validate: Additional properties are not allowed ('" + name + "' was unexpected)");
        }
        if (!body.containsKey(name) && required) {
            throw ApiFault.badRequest("JSON does not validate: '" + name + "' is a required property");
        }
    }

    private static Map<UUID, Map<String, Integer>> list(JsonObject body) {
        if (!(body.getValue("allocations") instanceof JsonArray list)) {
            throw ApiFault.badRequest("JSON does not validate: 'allocations' is not of type 'array'");
        }
        Map<UUID, Map<String, Integer>> amounts = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            JsonObject one = list.getJsonObject(i);
            UUID provider = Ids.of(one.getJsonObject("resource_provider").getString("uuid"));
            add(amounts, provider, one.getJsonObject("resources"));
        }
        return amounts;
    }

    private static Map<UUID, Map<String, Integer>> map(JsonObject body) {
        if (!(body.getValue("allocations") instanceof JsonObject map)) {
            throw ApiFault.badRequest("JSON does not validate: 'allocations' is not of type 'object'");
        }
        Map<UUID, Map<String, Integer>> amounts = new HashMap<>();
        for (String id : new ArrayList<>(map.fieldNames())) {
            add(amounts, Ids.of(id), map.getJsonObject(id).getJsonObject("resources"));
        }
        return amounts;
    }

    private static void add(Map<UUID, Map<String, Integer>> amounts, UUID provider, JsonObject resources) {
        Map<String, Integer> own = new TreeMap<>();
        resources.fieldNames().forEach(name -> own.put(name, resources.getInteger(name)));
        if (amounts.put(provider, own) != null) {
            throw ApiFault.badRequest("JSON does not validate: resource provider " + provider + " is there twice");
        }
    }

    static JsonObject amounts(Map<String, Long> amounts) {
        JsonObject view = new JsonObject();
        new TreeMap<>(amounts).forEach(view::put);
        return view;
    }
}
