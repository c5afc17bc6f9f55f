package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Flavor;
import io.holdfast.model.FlavorId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Flavors and their extra specs. One that is not public is seen by administrators and by the projects that it was given to. */
final class Flavors {

    private static final int ONLY_TO_PRIVATE = 7;
    private static final int WITH_DESCRIPTION = 55;

    private final Catalog catalog;

    Flavors(Catalog catalog) {
        this.catalog = catalog;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listFlavors", call -> list(call, false));
        table.put("listFlavorsDetail", call -> list(call, true));
        table.put("createFlavor", this::create);
        table.put("showFlavor", call -> Reply.ok(new JsonObject().put("flavor", full(call, visible(call)))));
        table.put("updateFlavor", this::update);
        table.put("deleteFlavor", this::delete);
        table.put("listFlavorAccess", this::access);
        table.put("flavorAction", this::act);
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
        boolean admin = call.caller().isAdmin();
        int minMemory = least(call, "minRam");
        int minDisk = least(call, "minDisk");
        // What is not public and given to a project is in that project's list, whatever it asks for.
        List<Flavor> found = catalog.flavors().stream()
                .filter(flavor -> flavor.resources().memoryMib() >= minMemory
                        && flavor.resources().diskGib() >= minDisk)
                .filter(flavor -> !admin
                        ? mayUse(call, flavor)
                        : switch (isPublic) {
                            case "none" -> true;
                            case "false", "0", "f", "no" -> !flavor.isPublic();
                            default -> flavor.isPublic();
                        })
                .sorted(order(call))
                .toList();
        Links.Page<Flavor> page = Links.page(call, found, flavor -> flavor.id().value());
        JsonArray flavors = new JsonArray();
        page.items().forEach(one -> flavors.add(detail ? full(call, one) : brief(call, one)));
        String path = detail ? "/v2.1/flavors/detail" : "/v2.1/flavors";
        return Reply.ok(page.withNext(new JsonObject().put("flavors", flavors), call, path, "flavors_links"));
    }

    private static int least(Call call, String name) {
        String text = call.query(name);
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw ApiFault.badRequest("Invalid " + name + " filter [" + text + "]");
        }
    }

    /** By {@code flavorid} when nothing is said, as in Nova; equal keys by id, so that no page repeats one. */
    private static Comparator<Flavor> order(Call call) {
        String key = call.query("sort_key") == null ? "flavorid" : call.query("sort_key");
        String direction = call.query("sort_dir") == null ? "asc" : call.query("sort_dir");
        Comparator<Flavor> byId = Comparator.comparing(flavor -> flavor.id().value());
        Comparator<Flavor> order = switch (key) {
            case "flavorid", "id" -> byId;
            case "name" -> Comparator.comparing(Flavor::name);
            case "memory_mb" ->
                Comparator.comparingInt(flavor -> flavor.resources().memoryMib());
            case "root_gb" ->
                Comparator.comparingInt(flavor -> flavor.resources().diskGib());
            case "vcpus" -> Comparator.comparingInt(flavor -> flavor.resources().vcpus());
            case "is_public" -> Comparator.comparing(Flavor::isPublic);
            // The same for each flavor here.
            case "created_at", "updated_at", "ephemeral_gb", "swap", "rxtx_factor", "vcpu_weight", "disabled" ->
                (_, _) -> 0;
            default -> throw ApiFault.badRequest("Invalid input for query parameters sort_key. Value: " + key);
        };
        if (!direction.equals("asc") && !direction.equals("desc")) {
            throw ApiFault.badRequest("Unknown sort direction, must be 'desc' or 'asc'");
        }
        return (direction.equals("desc") ? order.reversed() : order).thenComparing(byId);
    }

    private Reply update(Call call) {
        call.version().requireBetween(WITH_DESCRIPTION, Integer.MAX_VALUE);
        Flavor changed = catalog.describeFlavor(
                visible(call).id(), call.body().getJsonObject("flavor").getString("description"));
        return Reply.ok(new JsonObject().put("flavor", full(call, changed)));
    }

    private Reply access(Call call) {
        Flavor flavor = visible(call);
        if (flavor.isPublic()) {
            throw ApiFault.notFound("Access list not available for public flavors.");
        }
        return Reply.ok(accessOf(flavor));
    }

    private Reply act(Call call) {
        JsonObject body = call.body();
        boolean add = body.containsKey("addTenantAccess");
        Flavor flavor = visible(call);
        if (add && flavor.isPublic() && call.version().atLeast(ONLY_TO_PRIVATE)) {
            throw ApiFault.conflict("Can not add access to a public flavor.");
        }
        String tenant = body.getJsonObject(add ? "addTenantAccess" : "removeTenantAccess")
                .getString("tenant");
        ProjectId project = Servers.id(tenant, ProjectId::of)
                .orElseThrow(() -> ApiFault.badRequest("Project ID " + tenant + " is not a valid project."));
        return Reply.ok(accessOf(catalog.changeAccess(flavor.id(), project, add)));
    }

    private static JsonObject accessOf(Flavor flavor) {
        JsonArray access = new JsonArray();
        flavor.access().stream()
                .map(ProjectId::value)
                .sorted()
                .forEach(project -> access.add(
                        new JsonObject().put("flavor_id", flavor.id().value()).put("tenant_id", project)));
        return new JsonObject().put("flavor_access", access);
    }

    /** A public one, one that was given to the caller's project, and of an administrator any. */
    static boolean mayUse(Call call, Flavor flavor) {
        return flavor.isPublic()
                || call.caller().isAdmin()
                || flavor.access().contains(call.caller().project());
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("flavor");
        String description = wanted.getString("description");
        if (wanted.containsKey("description") && !call.version().atLeast(WITH_DESCRIPTION)) {
            throw ApiFault.badRequest("Invalid input for field/attribute flavor. Additional properties are not allowed"
                    + " ('description' was unexpected)");
        }
        String id = wanted.getString("id");
        String chosen = id == null || id.equals("auto") ? UUID.randomUUID().toString() : id;
        FlavorId flavorId = Servers.id(chosen, FlavorId::of)
                .orElseThrow(() -> ApiFault.badRequest("Invalid input for field/attribute id. Value: " + chosen));
        Flavor made = catalog.addFlavor(new Flavor(
                flavorId,
                wanted.getString("name").strip(),
                new Resources(wanted.getInteger("vcpus"), wanted.getInteger("ram"), wanted.getInteger("disk", 0)),
                wanted.getBoolean("os-flavor-access:is_public", true),
                Map.of(),
                description,
                Set.of()));
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
                .filter(flavor -> mayUse(call, flavor))
                .orElseThrow(() -> ApiFault.notFound("Flavor " + id + " could not be found."));
    }

    private static JsonObject brief(Call call, Flavor flavor) {
        JsonObject brief = new JsonObject()
                .put("id", flavor.id().value())
                .put("name", flavor.name())
                .put("links", Links.of(call.baseUrl(), "flavors", flavor.id().value()));
        if (call.version().atLeast(WITH_DESCRIPTION)) {
            brief.put("description", flavor.description());
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
