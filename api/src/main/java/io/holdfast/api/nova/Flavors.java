package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Flavor;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Resources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Flavors and their extra specs. A flavor that is not public is an administrator's to see. */
public final class Flavors {

    private final Catalog catalog;

    public Flavors(Catalog catalog) {
        this.catalog = catalog;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listFlavors", call -> list(call, false));
        table.put("listFlavorsDetail", call -> list(call, true));
        table.put("createFlavor", this::create);
        table.put("showFlavor", call -> Reply.ok(new JsonObject().put("flavor", full(call, visible(call)))));
        table.put("deleteFlavor", this::delete);
        table.put("listExtraSpecs", this::extraSpecs);
        table.put("addExtraSpecs", this::addExtraSpecs);
        table.put("showExtraSpec", this::extraSpec);
        table.put("setExtraSpec", this::setExtraSpec);
        table.put("deleteExtraSpec", this::deleteExtraSpec);
        return table;
    }

    private Reply list(Call call, boolean detail) {
        String asked = call.query("is_public");
        String isPublic = asked == null ? "true" : asked.toLowerCase(Locale.ROOT);
        List<Flavor> found = catalog.flavors().stream()
                .filter(flavor -> switch (isPublic) {
                    case "none" -> flavor.isPublic() || call.caller().isAdmin();
                    case "false", "0", "f", "no" ->
                        !flavor.isPublic() && call.caller().isAdmin();
                    default -> flavor.isPublic();
                })
                .toList();
        Links.Page<Flavor> page = Links.page(call, found, flavor -> flavor.id().value());
        JsonArray flavors = new JsonArray();
        page.items().forEach(one -> flavors.add(detail ? full(call, one) : brief(call, one)));
        String path = detail ? "/v2.1/flavors/detail" : "/v2.1/flavors";
        return Reply.ok(page.withNext(new JsonObject().put("flavors", flavors), call, path, "flavors_links"));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("flavor");
        String id = wanted.getString("id");
        String chosen = id == null || id.equals("auto") ? UUID.randomUUID().toString() : id;
        FlavorId flavorId = Servers.id(chosen, FlavorId::of)
                .orElseThrow(() -> ApiFault.badRequest("Invalid input for field/attribute id. Value: " + chosen));
        Flavor made = catalog.addFlavor(new Flavor(
                flavorId,
                wanted.getString("name").strip(),
                new Resources(wanted.getInteger("vcpus"), wanted.getInteger("ram"), wanted.getInteger("disk", 0)),
                wanted.getBoolean("os-flavor-access:is_public", true),
                Map.of()));
        return Reply.ok(new JsonObject().put("flavor", full(call, made)));
    }

    private Reply delete(Call call) {
        catalog.deleteFlavor(visible(call).id());
        return Reply.empty(202);
    }

    private Reply extraSpecs(Call call) {
        return Reply.ok(new JsonObject()
                .put("extra_specs", ServerView.strings(visible(call).extraSpecs())));
    }

    private Reply extraSpec(Call call) {
        Flavor flavor = visible(call);
        String key = requireSpec(flavor, call.path("key"));
        return Reply.ok(new JsonObject().put(key, flavor.extraSpecs().get(key)));
    }

    private Reply addExtraSpecs(Call call) {
        Map<String, String> added = Servers.strings(call.body().getJsonObject("extra_specs"));
        catalog.changeExtraSpecs(visible(call).id(), added, Set.of());
        return Reply.ok(new JsonObject().put("extra_specs", ServerView.strings(added)));
    }

    private Reply setExtraSpec(Call call) {
        Flavor flavor = visible(call);
        String key = call.path("key");
        Map<String, String> one = Servers.strings(call.body());
        if (!one.keySet().equals(Set.of(key))) {
            throw ApiFault.badRequest("Request body and URI mismatch");
        }
        catalog.changeExtraSpecs(flavor.id(), one, Set.of());
        return Reply.ok(ServerView.strings(one));
    }

    private Reply deleteExtraSpec(Call call) {
        Flavor flavor = visible(call);
        String key = requireSpec(flavor, call.path("key"));
        catalog.changeExtraSpecs(flavor.id(), Map.of(), Set.of(key));
        return Reply.empty(200);
    }

    private static String requireSpec(Flavor flavor, String key) {
        if (!flavor.extraSpecs().containsKey(key)) {
            throw ApiFault.notFound("Flavor " + flavor.id() + " has no extra specs with key " + key + ".");
        }
        return key;
    }

    private Flavor visible(Call call) {
        String id = call.path("flavor_id");
        return Servers.id(id, FlavorId::of)
                .flatMap(catalog::flavor)
                .filter(flavor -> flavor.isPublic() || call.caller().isAdmin())
                .orElseThrow(() -> ApiFault.notFound("Flavor " + id + " could not be found."));
    }

    private static JsonObject brief(Call call, Flavor flavor) {
        JsonObject brief = new JsonObject()
                .put("id", flavor.id().value())
                .put("name", flavor.name())
                .put("links", Links.of(call.baseUrl(), "flavors", flavor.id().value()));
        if (call.version().atLeast(55)) {
            brief.put("description", null);
        }
        return brief;
    }

    private static JsonObject full(Call call, Flavor flavor) {
        JsonObject full = brief(call, flavor)
                .put("ram", flavor.resources().memoryMib())
                .put("disk", flavor.resources().diskGib())
                .put("vcpus", flavor.resources().vcpus())
                // Up to 2.74 "no swap" is an empty string.
                .put("swap", call.version().atLeast(75) ? (Object) 0 : "")
                .put("OS-FLV-EXT-DATA:ephemeral", 0)
                .put("OS-FLV-DISABLED:disabled", false)
                .put("os-flavor-access:is_public", flavor.isPublic())
                .put("rxtx_factor", 1.0);
        if (call.version().atLeast(61)) {
            full.put("extra_specs", ServerView.strings(flavor.extraSpecs()));
        }
        return full;
    }
}
