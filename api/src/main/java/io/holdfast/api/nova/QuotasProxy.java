package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Quotas;
import io.holdfast.compute.Quotas.Resource;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Quotas and limits in Nova's form. What Nova counted of networks (up to 2.35) and of injected files (up to 2.56) is shown with
 * its default and limits nothing: there are none of either here.
 */
final class QuotasProxy {

    private static final int NO_NETWORKS = 36;
    private static final int NO_IMAGE_META = 39;
    private static final int CLASS_WITH_GROUPS = 50;
    private static final int NO_FILES = 57;

    private static final Map<String, Integer> NETWORKS =
            Map.of("fixed_ips", -1, "floating_ips", -1, "security_group_rules", -1, "security_groups", -1);
    private static final Map<String, Integer> FILES =
            Map.of("injected_file_content_bytes", 10240, "injected_file_path_bytes", 255, "injected_files", 5);

    private final Quotas quotas;

    QuotasProxy(Quotas quotas) {
        this.quotas = quotas;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("showQuotas", call -> {
            ProjectId project = project(call, true);
            return set(limits(call, quotas.limits(project)).put("id", project.value()));
        });
        table.put(
                "showDefaultQuotas",
                call -> set(limits(call, quotas.limits(null))
                        .put("id", project(call, false).value())));
        table.put("showQuotasDetail", this::detail);
        table.put("updateQuotas", this::update);
        table.put("deleteQuotas", call -> {
            refuseUser(call);
            quotas.reset(project(call, true));
            return Reply.empty(202);
        });
        table.put("showQuotaClass", call -> quotaClass(call, true));
        table.put("updateQuotaClass", this::updateClass);
        table.put("showLimits", this::limits);
        return table;
    }

    private Reply detail(Call call) {
        ProjectId project = project(call, true);
        Map<Resource, Integer> used = quotas.used(project);
        JsonObject shown = new JsonObject().put("id", project.value());
        Map<String, Integer> inUse = new LinkedHashMap<>();
        used.forEach((resource, have) -> inUse.put(resource.word(), have));
        limits(call, quotas.limits(project))
                .forEach(one -> shown.put(
                        one.getKey(),
                        new JsonObject()
                                .put("limit", one.getValue())
                                .put("in_use", inUse.getOrDefault(one.getKey(), 0))
                                .put("reserved", 0)));
        return set(shown);
    }

    private Reply update(Call call) {
        refuseUser(call);
        ProjectId project = project(call, true);
        JsonObject wanted = call.body().getJsonObject("quota_set");
        boolean force = Boolean.parseBoolean(String.valueOf(wanted.getValue("force")));
        Map<Resource, Integer> changes = changes(wanted);
        if (!force) {
            Map<Resource, Integer> used = quotas.used(project);
            changes.forEach((resource, limit) -> {
                int have = used.getOrDefault(resource, 0);
                if (limit >= 0 && limit < have) {
                    throw ApiFault.badRequest("Quota limit " + limit + " for " + resource.word()
                            + " must be greater than or equal to already used and reserved " + have + ".");
                }
            });
        }
        quotas.set(project, changes);
        return set(limits(call, quotas.limits(project)));
    }

    private Reply updateClass(Call call) {
        requireDefault(call);
        quotas.set(null, changes(call.body().getJsonObject("quota_class_set")));
        return quotaClass(call, false);
    }

    /** Only the defaults are a class here. */
    private static String requireDefault(Call call) {
        String name = call.path("class_id");
        if (!name.equals("default")) {
            throw ApiFault.notFound("Quota class " + name + " could not be found.");
        }
        return name;
    }

    private Reply quotaClass(Call call, boolean named) {
        String name = requireDefault(call);
        JsonObject shown = limits(call, quotas.limits(null));
        if (!call.version().atLeast(CLASS_WITH_GROUPS)) {
            shown.remove("server_groups");
            shown.remove("server_group_members");
        }
        return Reply.ok(new JsonObject().put("quota_class_set", named ? shown.put("id", name) : shown));
    }

    private static Map<Resource, Integer> changes(JsonObject wanted) {
        Map<Resource, Integer> changes = new EnumMap<>(Resource.class);
        for (Resource resource : Resource.values()) {
            Object value = wanted.getValue(resource.word());
            if (value != null) {
                // The contract lets pass an integer from -1 on, or the digits of one, as Nova does.
                changes.put(resource, Integer.valueOf(value.toString()));
            }
        }
        return changes;
    }

    private Reply limits(Call call) {
        String other = call.query("tenant_id");
        ProjectId project = call.caller().project();
        if (other != null && !other.equals(project.value())) {
            if (!call.caller().isAdmin()) {
                throw new ApiFault(403, "Policy doesn't allow os_compute_api:limits:other_project to be performed.");
            }
            project = named(other);
        }
        Map<Resource, Integer> limits = quotas.limits(project);
        Map<Resource, Integer> used = quotas.used(project);
        JsonObject absolute = new JsonObject()
                .put("maxTotalInstances", of(limits, Resource.INSTANCES))
                .put("maxTotalCores", of(limits, Resource.CORES))
                .put("maxTotalRAMSize", of(limits, Resource.RAM))
                .put("maxTotalKeypairs", of(limits, Resource.KEY_PAIRS))
                .put("maxServerMeta", of(limits, Resource.METADATA_ITEMS))
                .put("maxServerGroups", of(limits, Resource.SERVER_GROUPS))
                .put("maxServerGroupMembers", of(limits, Resource.SERVER_GROUP_MEMBERS))
                .put("totalInstancesUsed", used.getOrDefault(Resource.INSTANCES, 0))
                .put("totalCoresUsed", used.getOrDefault(Resource.CORES, 0))
                .put("totalRAMUsed", used.getOrDefault(Resource.RAM, 0))
                .put("totalServerGroupsUsed", used.getOrDefault(Resource.SERVER_GROUPS, 0));
        if (!call.version().atLeast(NO_NETWORKS)) {
            absolute.put("maxTotalFloatingIps", -1)
                    .put("maxSecurityGroups", -1)
                    .put("maxSecurityGroupRules", -1)
                    .put("totalFloatingIpsUsed", 0)
                    .put("totalSecurityGroupsUsed", 0);
        }
        if (!call.version().atLeast(NO_IMAGE_META)) {
            absolute.put("maxImageMeta", of(limits, Resource.METADATA_ITEMS));
        }
        if (!call.version().atLeast(NO_FILES)) {
            absolute.put("maxPersonality", 5).put("maxPersonalitySize", 10240);
        }
        return Reply.ok(new JsonObject()
                .put("limits", new JsonObject().put("rate", new JsonArray()).put("absolute", absolute)));
    }

    private static JsonObject limits(Call call, Map<Resource, Integer> limits) {
        JsonObject shown = new JsonObject();
        limits.forEach((resource, limit) -> shown.put(resource.word(), limit));
        if (!call.version().atLeast(NO_NETWORKS)) {
            NETWORKS.forEach(shown::put);
        }
        if (!call.version().atLeast(NO_FILES)) {
            FILES.forEach(shown::put);
        }
        return shown;
    }

    private static Reply set(JsonObject shown) {
        return Reply.ok(new JsonObject().put("quota_set", shown));
    }

    /** The project of the path; another's is an administrator's to see. */
    private static ProjectId project(Call call, boolean own) {
        ProjectId project = named(call.path("quota_project"));
        if (own && !call.caller().mayKnow(project)) {
            throw new ApiFault(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.");
        }
        return project;
    }

    private static ProjectId named(String text) {
        return Servers.id(text, ProjectId::of)
                .orElseThrow(() -> ApiFault.badRequest("Project ID " + text + " is not a valid project."));
    }

    /** A limit for one user would be one for the whole project here. */
    private static void refuseUser(Call call) {
        if (call.query("user_id") != null) {
            throw ApiFault.badRequest("Limits for one user of a project are not supported; set them for the project.");
        }
    }

    private static int of(Map<Resource, Integer> limits, Resource resource) {
        return limits.getOrDefault(resource, resource.otherwise());
    }
}
