package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Inventory;
import io.holdfast.placement.InventoryWish;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What providers offer. */
final class InventoriesProxy {

    static final String GENERATION = "resource_provider_generation";

    private static final int DELETE_ALL = 5;

    /** From which on all of it may be reserved. */
    private static final int ALL_RESERVED = 26;

    private final Providers providers;
    private final Fresh fresh;

    InventoriesProxy(Providers providers, Fresh fresh) {
        this.providers = providers;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listInventories", call -> all(call, Ids.provider(call, providers)));
        table.put("setInventories", this::setAll);
        table.put("createInventory", this::create);
        table.put("deleteInventories", call -> {
            // The path is there in every version, so it is the method that is not.
            if (!call.version().atLeast(DELETE_ALL)) {
                throw new ApiFault(405, "The method DELETE is not allowed for this resource.");
            }
            providers.offer(Ids.providerId(call), null, before -> Map.of());
            return Reply.empty(204);
        });
        table.put("showInventory", this::show);
        table.put("setInventory", this::set);
        table.put("deleteInventory", this::delete);
        return table;
    }

    private Reply setAll(Call call) {
        JsonObject body = call.body();
        Map<String, InventoryWish> wishes = wishes(call, body.getJsonObject("inventories"));
        return all(call, providers.offer(Ids.providerId(call), body.getLong(GENERATION), before -> wishes));
    }

    private Reply create(Call call) {
        JsonObject body = call.body();
        String name = body.getString("resource_class");
        InventoryWish wish = wish(call, name, body);
        Provider changed = providers.offer(Ids.providerId(call), body.getLong(GENERATION), before -> {
            if (before.containsKey(name)) {
                throw ApiFault.conflict("Update conflict: Inventory of " + name + " already exists.");
            }
            return with(before, name, wish);
        });
        return one(call, changed, name, 201)
                .with(
                        "Location",
                        call.baseUrl() + PlacementApi.PROVIDERS + "/" + changed.uuid() + "/inventories/" + name);
    }

    private Reply show(Call call) {
        Provider provider = Ids.provider(call, providers);
        String name = call.path("resource_class");
        if (!provider.inventories().containsKey(name)) {
            throw ApiFault.notFound("No inventory of class " + name + " for " + provider.uuid());
        }
        return one(call, provider, name, 200);
    }

    private Reply set(Call call) {
        JsonObject body = call.body();
        String name = call.path("resource_class");
        InventoryWish wish = wish(call, name, body);
        Provider changed = providers.offer(Ids.providerId(call), body.getLong(GENERATION), before -> {
            if (!before.containsKey(name)) {
                throw ApiFault.badRequest("No inventory record with resource class " + name + " exists to change.");
            }
            return with(before, name, wish);
        });
        return one(call, changed, name, 200);
    }

    private Reply delete(Call call) {
        String name = call.path("resource_class");
        providers.offer(Ids.providerId(call), null, before -> {
            Map<String, InventoryWish> rest = new LinkedHashMap<>(before);
            if (rest.remove(name) == null) {
                throw ApiFault.notFound("No inventory of class " + name + " found for delete");
            }
            return rest;
        });
        return Reply.empty(204);
    }

    private static Map<String, InventoryWish> with(Map<String, InventoryWish> all, String name, InventoryWish one) {
        Map<String, InventoryWish> more = new LinkedHashMap<>(all);
        more.put(name, one);
        return more;
    }

    static Map<String, InventoryWish> wishes(Call call, JsonObject inventories) {
        Map<String, InventoryWish> wishes = new LinkedHashMap<>();
        inventories.fieldNames().forEach(name -> wishes.put(name, wish(call, name, inventories.getJsonObject(name))));
        return wishes;
    }

    private static InventoryWish wish(Call call, String name, JsonObject body) {
        int total = body.getInteger("total");
        int reserved = body.getInteger("reserved", 0);
        if (reserved >= total && !call.version().atLeast(ALL_RESERVED)) {
            throw ApiFault.badRequest(
                    "Invalid inventory for '" + name + "'. The reserved value is greater than or equal to total.");
        }
        return new InventoryWish(
                total,
                reserved,
                body.getInteger("min_unit"),
                body.getInteger("max_unit"),
                body.getInteger("step_size"),
                body.getDouble("allocation_ratio"));
    }

    private Reply all(Call call, Provider provider) {
        JsonObject inventories = new JsonObject();
        new TreeMap<>(provider.inventories()).forEach((name, one) -> inventories.put(name, view(one)));
        return fresh.at(
                call,
                Reply.ok(new JsonObject().put(GENERATION, provider.generation()).put("inventories", inventories)),
                provider.updatedAt());
    }

    private Reply one(Call call, Provider provider, String name, int status) {
        return fresh.at(
                call,
                Reply.of(
                        status,
                        view(Objects.requireNonNull(provider.inventories().get(name)))
                                .put(GENERATION, provider.generation())),
                provider.updatedAt());
    }

    private static JsonObject view(Inventory inventory) {
        return new JsonObject()
                .put("total", inventory.total())
                .put("reserved", inventory.reserved())
                .put("min_unit", inventory.minUnit())
                .put("max_unit", inventory.maxUnit())
                .put("step_size", inventory.stepSize())
                .put("allocation_ratio", inventory.ratio());
    }
}
