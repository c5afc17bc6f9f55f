package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** In which aggregates providers are. Up to 1.18 the body is the list alone, and nobody compares generations. */
final class AggregatesProxy {

    private static final int SINCE = 1;
    private static final int WITH_GENERATION = 19;

    private final Providers providers;
    private final Fresh fresh;

    AggregatesProxy(Providers providers, Fresh fresh) {
        this.providers = providers;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        return Map.of("listProviderAggregates", this::show, "setProviderAggregates", this::set);
    }

    private Reply show(Call call) {
        call.version().requireBetween(SINCE, Integer.MAX_VALUE);
        return view(call, Ids.provider(call, providers));
    }

    private Reply set(Call call) {
        call.version().requireBetween(SINCE, Integer.MAX_VALUE);
        boolean withGeneration = call.version().atLeast(WITH_GENERATION);
        if (call.isList() == withGeneration) {
            throw ApiFault.badRequest("JSON does not validate: "
                    + (withGeneration ? "the body is not of type 'object'" : "the body is not of type 'array'"));
        }
        JsonArray wanted = withGeneration ? call.body().getJsonArray("aggregates") : call.list();
        Set<UUID> aggregates = new HashSet<>();
        wanted.forEach(one -> aggregates.add(Ids.of(String.valueOf(one))));
        Long generation = withGeneration ? call.body().getLong(InventoriesProxy.GENERATION) : null;
        return view(call, providers.gather(Ids.providerId(call), generation, aggregates));
    }

    private Reply view(Call call, Provider provider) {
        JsonArray aggregates = new JsonArray();
        provider.aggregates().stream().map(UUID::toString).sorted().forEach(aggregates::add);
        JsonObject view = new JsonObject().put("aggregates", aggregates);
        if (call.version().atLeast(WITH_GENERATION)) {
            view.put(InventoriesProxy.GENERATION, provider.generation());
        }
        return fresh.at(call, Reply.ok(view), provider.updatedAt());
    }
}
