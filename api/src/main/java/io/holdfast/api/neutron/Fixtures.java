package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.ProjectId;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What there is of Neutron's form besides networks: versions, extensions, quotas; and what there is not. */
final class Fixtures {

    /** Only those whose attributes are really shown. */
    private static final List<Extension> EXTENSIONS = List.of(
            new Extension("security-group", "security-group", "Security groups and their rules; kept, not enforced."),
            new Extension("Provider Network", "provider", "Which physical network a network is on."),
            new Extension("Neutron external network", "external-net", "The attribute router:external, always false."),
            new Extension("Port Binding", "binding", "Where a port is bound."),
            new Extension("Quota management support", "quotas", "Quotas of a project, shown."),
            new Extension("Quota details management support", "quota_details", "Quotas with what is used."),
            new Extension("Network MTU", "net-mtu", "The attribute mtu of a network."),
            new Extension("standard-attr-description", "standard-attr-description", "The attribute description."),
            new Extension("Resource timestamps", "standard-attr-timestamp", "The attributes created_at, updated_at."),
            new Extension("project_id field enabled", "project-id", "The attribute project_id."),
            new Extension("Pagination support", "pagination", "limit and marker."),
            new Extension("Sorting support", "sorting", "sort_key and sort_dir."));

    private static final List<String> RESOURCES =
            List.of("networks", "subnets", "ports", "security-groups", "security-group-rules");

    private final Networks networks;
    private final NetworkSettings settings;

    Fixtures(Networks networks, NetworkSettings settings) {
        this.networks = networks;
        this.settings = settings;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listVersions", Fixtures::versions);
        table.put("showVersion", Fixtures::resources);
        table.put(
                "listExtensions",
                call -> Listing.of(
                        call,
                        "extensions",
                        EXTENSIONS.stream().map(Extension::document).toList()));
        table.put("showExtension", Fixtures::extension);
        table.put("showQuota", call -> quota(call, false));
        table.put("showDefaultQuota", call -> quota(call, false));
        table.put("showQuotaDetails", call -> quota(call, true));
        table.put("listAgents", call -> Listing.of(call, "agents", List.of()));
        table.put("listAvailabilityZones", call -> Listing.of(call, "availability_zones", List.of()));
        table.put("listRouters", call -> Listing.of(call, "routers", List.of()));
        table.put("listFloatingIps", call -> Listing.of(call, "floatingips", List.of()));
        table.put("showRouter", call -> missing("RouterNotFound", "Router " + call.path("router_id")));
        table.put("showFloatingIp", call -> missing("FloatingIPNotFound", "Floating IP " + call.path("floatingip_id")));
        table.put("createRouter", call -> notThere("routers"));
        table.put("createFloatingIp", call -> notThere("floating IPs"));
        return table;
    }

    private static Reply missing(String type, String what) {
        throw new ApiFault(404, type, what + " could not be found");
    }

    private static Reply notThere(String what) {
        throw new ApiFault(501, "There are no " + what + ": networks are flat, and their router is outside.");
    }

    private static Reply versions(Call call) {
        return Reply.ok(new JsonObject()
                .put(
                        "versions",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("id", "v2.0")
                                        .put("status", "CURRENT")
                                        .put("links", self(call.baseUrl() + NetworkApi.PREFIX + "/v2.0/")))));
    }

    private static Reply resources(Call call) {
        JsonArray list = new JsonArray();
        RESOURCES.forEach(collection -> list.add(new JsonObject()
                .put("name", collection.substring(0, collection.length() - 1).replace('-', '_'))
                .put("collection", collection)
                .put("links", self(call.baseUrl() + NetworkApi.PREFIX + "/v2.0/" + collection))));
        return Reply.ok(new JsonObject().put("resources", list));
    }

    private static JsonArray self(String href) {
        return new JsonArray().add(new JsonObject().put("rel", "self").put("href", href));
    }

    private static Reply extension(Call call) {
        String alias = call.path("alias");
        return EXTENSIONS.stream()
                .filter(one -> one.alias.equals(alias))
                .findFirst()
                .map(one -> Reply.ok(new JsonObject().put("extension", one.document())))
                .orElseThrow(() ->
                        new ApiFault(404, "ExtensionNotFound", "Extension with alias " + alias + " does not exist"));
    }

    /** One's own, or for administrators any. */
    private Reply quota(Call call, boolean details) {
        String text = call.path("tenant_id");
        if (!call.caller().isAdmin() && !text.equals(call.caller().project().value())) {
            throw new ApiFault(403, "Policy doesn't allow the quota of another project to be shown.");
        }
        ProjectId project;
        try {
            project = ProjectId.of(text);
        } catch (IllegalArgumentException e) {
            throw new ApiFault(404, "TenantQuotaNotFound", "Quota for tenant " + text + " could not be found.");
        }
        Networks.Usage used = details ? networks.usage(project) : new Networks.Usage(0, 0, 0, 0, 0);
        JsonObject quota = new JsonObject()
                .put("network", limit(details, settings.networksMax(), used.networks()))
                .put("subnet", limit(details, settings.subnetsMax(), used.subnets()))
                .put("port", limit(details, settings.portsMax(), used.ports()))
                .put("security_group", limit(details, settings.securityGroupsMax(), used.securityGroups()))
                .put("security_group_rule", limit(details, settings.securityGroupRulesMax(), used.securityGroupRules()))
                .put("router", limit(details, 0, 0))
                .put("floatingip", limit(details, 0, 0));
        return Reply.ok(new JsonObject().put("quota", quota));
    }

    private static Object limit(boolean details, int limit, int used) {
        return details ? new JsonObject().put("limit", limit).put("used", used).put("reserved", 0) : limit;
    }

    private record Extension(String name, String alias, String description) {
        JsonObject document() {
            return new JsonObject()
                    .put("name", name)
                    .put("alias", alias)
                    .put("description", description)
                    .put("updated", "2026-11-29T00:00:00-00:00")
                    .put("links", new JsonArray());
        }
    }
}
