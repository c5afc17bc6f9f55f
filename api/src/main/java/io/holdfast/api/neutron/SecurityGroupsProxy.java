package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.network.SecurityGroup;
import io.holdfast.network.SecurityGroups;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Security groups and their rules. A member sees its project's; another's is not there. */
final class SecurityGroupsProxy {

    private static final String KIND = "security_group";
    private static final String RULE = "security_group_rule";

    private final SecurityGroups groups;

    SecurityGroupsProxy(SecurityGroups groups) {
        this.groups = groups;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listSecurityGroups", call -> Listing.of(call, "security_groups", documents(call)));
        table.put("createSecurityGroup", this::create);
        table.put("showSecurityGroup", call -> Listing.one(call, KIND, document(visible(call))));
        table.put("updateSecurityGroup", this::update);
        table.put("deleteSecurityGroup", this::delete);
        table.put("listSecurityGroupRules", this::listRules);
        table.put("createSecurityGroupRule", this::createRule);
        table.put("showSecurityGroupRule", call -> Listing.one(call, RULE, document(visibleRule(call))));
        table.put("deleteSecurityGroupRule", this::deleteRule);
        return table;
    }

    /** Of all projects for an administrator, who then finds the own default group among them. */
    private List<SecurityGroup> visibleGroups(Call call) {
        List<SecurityGroup> own = groups.groups(call.caller().project());
        return call.caller().isAdmin() ? groups.groups(null) : own;
    }

    private List<JsonObject> documents(Call call) {
        return visibleGroups(call).stream().map(SecurityGroupsProxy::document).toList();
    }

    private SecurityGroup visible(Call call) {
        return visible(call, call.path("security_group_id"));
    }

    private SecurityGroup visible(Call call, String id) {
        return NeutronJson.id(id)
                .flatMap(groups::group)
                .filter(group -> call.caller().mayKnow(group.project()))
                .orElseThrow(
                        () -> new ApiFault(404, "SecurityGroupNotFound", "Security group " + id + " does not exist"));
    }

    private SecurityGroup.Rule visibleRule(Call call) {
        String id = call.path("security_group_rule_id");
        return NeutronJson.id(id)
                .flatMap(groups::rule)
                .filter(rule -> call.caller().mayKnow(rule.project()))
                .orElseThrow(() -> new ApiFault(
                        404, "SecurityGroupRuleNotFound", "Security group rule " + id + " does not exist"));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject(KIND);
        SecurityGroup made = groups.create(
                NeutronJson.project(call, wanted), wanted.getString("name"), NeutronJson.text(wanted, "description"));
        return Reply.of(201, new JsonObject().put(KIND, document(made)));
    }

    private Reply update(Call call) {
        UUID id = visible(call).id();
        JsonObject wanted = call.body().getJsonObject(KIND);
        SecurityGroup changed = groups.change(id, wanted.getString("name"), wanted.getString("description"));
        return Reply.ok(new JsonObject().put(KIND, document(changed)));
    }

    private Reply delete(Call call) {
        groups.deleteGroup(visible(call).id());
        return Reply.empty(204);
    }

    private Reply listRules(Call call) {
        return Listing.of(
                call,
                "security_group_rules",
                visibleGroups(call).stream()
                        .flatMap(group -> group.rules().stream())
                        .map(SecurityGroupsProxy::document)
                        .toList());
    }

    private Reply createRule(Call call) {
        JsonObject wanted = call.body().getJsonObject(RULE);
        SecurityGroup group = visible(call, wanted.getString("security_group_id"));
        String remote = wanted.getString("remote_group_id");
        Object protocol = wanted.getValue("protocol");
        String ethertype = wanted.getString("ethertype");
        SecurityGroup.Rule made = groups.create(new SecurityGroups.NewRule(
                group.id(),
                NeutronJson.text(wanted, "description"),
                wanted.getString("direction"),
                ethertype == null ? "IPv4" : ethertype,
                protocol == null || protocol.equals("any") ? null : protocol.toString(),
                wanted.getInteger("port_range_min"),
                wanted.getInteger("port_range_max"),
                wanted.getString("remote_ip_prefix"),
                remote == null ? null : NeutronJson.requireId("remote_group_id", remote)));
        return Reply.of(201, new JsonObject().put(RULE, document(made)));
    }

    private Reply deleteRule(Call call) {
        groups.deleteRule(visibleRule(call).id());
        return Reply.empty(204);
    }

    private static JsonObject document(SecurityGroup group) {
        JsonArray rules = new JsonArray();
        group.rules().forEach(rule -> rules.add(document(rule)));
        return NeutronJson.document(
                        group.id(),
                        group.name(),
                        group.project(),
                        group.description(),
                        group.createdAt(),
                        group.updatedAt())
                .put("security_group_rules", rules)
                .put("stateful", true)
                .put("shared", false);
    }

    private static JsonObject document(SecurityGroup.Rule rule) {
        return new JsonObject()
                .put("id", rule.id().toString())
                .put("security_group_id", rule.group().toString())
                .put("tenant_id", rule.project().value())
                .put("project_id", rule.project().value())
                .put("description", rule.description())
                .put("direction", rule.direction())
                .put("ethertype", rule.ethertype())
                .put("protocol", rule.protocol())
                .put("port_range_min", rule.portMin())
                .put("port_range_max", rule.portMax())
                .put("remote_ip_prefix", rule.remotePrefix())
                .put("remote_group_id", text(rule.remoteGroup()))
                .put("created_at", NeutronJson.time(rule.createdAt()))
                .put("updated_at", NeutronJson.time(rule.createdAt()));
    }

    private static @Nullable String text(@Nullable UUID id) {
        return id == null ? null : id.toString();
    }
}
