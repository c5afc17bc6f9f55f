package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.PlacementFaults;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Allocations;
import io.holdfast.placement.Allocations.Usage;
import io.holdfast.placement.Provider;
import io.holdfast.placement.Providers;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** How much of a provider is in use, and how much a project has. */
final class UsagesProxy {

    private static final int SINCE = 9;
    private static final int BY_TYPE = 38;
    private static final String ALL = "all";
    private static final Map<String, Integer> FILTERS =
            Map.of("project_id", SINCE, "user_id", SINCE, "consumer_type", BY_TYPE);

    private final Providers providers;
    private final Allocations allocations;
    private final Fresh fresh;

    UsagesProxy(Providers providers, Allocations allocations, Fresh fresh) {
        this.providers = providers;
        this.allocations = allocations;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        return Map.of("showProviderUsages", this::ofProvider, "listUsages", this::ofProject);
    }

    private Reply ofProvider(Call call) {
        Provider provider = Ids.provider(call, providers);
        JsonObject usages = new JsonObject();
        new TreeSet<>(provider.inventories().keySet()).forEach(name -> usages.put(name, provider.used(name)));
        return fresh.now(
                call,
                Reply.ok(new JsonObject()
                        .put("usages", usages)
                        .put(InventoriesProxy.GENERATION, provider.generation())));
    }

    private Reply ofProject(Call call) {
        call.version().requireBetween(SINCE, Integer.MAX_VALUE);
        Asked asked = new Asked(call, FILTERS);
        String project = asked.one("project_id")
                .orElseThrow(() -> new ApiFault(
                        400,
                        PlacementFaults.MISSING_VALUE,
                        "Invalid query string parameters: 'project_id' is a required property"));
        if (!call.caller().isAdmin() && !call.caller().project().value().equals(project)) {
            throw new ApiFault(
                    403, "Policy doesn't allow placement:usages to be performed on project " + project + ".");
        }
        Optional<String> type = asked.one("consumer_type");
        Map<String, Usage> byType =
                allocations.usages(project, asked.one("user_id").orElse(null));
        JsonObject usages = new JsonObject();
        if (!call.version().atLeast(BY_TYPE)) {
            usages = AllocationsProxy.amounts(sum(byType).amounts());
        } else if (type.isEmpty()) {
            JsonObject each = usages;
            byType.forEach((name, usage) -> each.put(name, view(usage)));
        } else if (type.get().equals(ALL)) {
            usages.put(ALL, view(sum(byType)));
        } else {
            Usage usage = byType.get(type.get());
            if (usage != null) {
                usages.put(type.get(), view(usage));
            }
        }
        return fresh.now(call, Reply.ok(new JsonObject().put("usages", usages)));
    }

    private static Usage sum(Map<String, Usage> usages) {
        Map<String, Long> amounts = new TreeMap<>();
        usages.values()
                .forEach(usage -> usage.amounts().forEach((name, amount) -> amounts.merge(name, amount, Long::sum)));
        return new Usage(usages.values().stream().mapToLong(Usage::consumers).sum(), amounts);
    }

    private static JsonObject view(Usage usage) {
        return AllocationsProxy.amounts(usage.amounts()).put("consumer_count", usage.consumers());
    }
}
