package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Server groups in Nova's form. Up to 2.63 a group has a list of {@code policies} with one word in it and
 * {@code metadata} that is always empty; from 2.64 on it has {@code policy} and {@code rules}. The soft policies are there
 * from 2.15 on, project and user from 2.13.
 */
final class ServerGroupsProxy {

    private static final int SOFT = 15;
    private static final int WITH_OWNER = 13;
    private static final int ONE_POLICY = 64;

    private final ServerGroups groups;

    ServerGroupsProxy(ServerGroups groups) {
        this.groups = groups;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listServerGroups", this::list);
        table.put("createServerGroup", this::create);
        table.put("showServerGroup", call -> reply(call, mine(call)));
        table.put("deleteServerGroup", this::delete);
        return table;
    }

    private Reply list(Call call) {
        boolean all = call.caller().isAdmin() && call.flag("all_projects");
        List<ServerGroup> found = groups.list(all ? null : call.caller().project());
        long offset = Math.max(0, call.number("offset", 0));
        long limit = call.number("limit", Long.MAX_VALUE);
        JsonArray page = new JsonArray();
        found.stream().skip(offset).limit(limit).forEach(group -> page.add(view(call, group)));
        return Reply.ok(new JsonObject().put("server_groups", page));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("server_group");
        boolean onePolicy = call.version().atLeast(ONE_POLICY);
        refuseOther(wanted, onePolicy ? "policies" : "policy", onePolicy);
        refuseOther(wanted, onePolicy ? "" : "rules", onePolicy);
        String word = onePolicy ? wanted.getString("policy") : only(wanted.getJsonArray("policies"));
        if (word == null) {
            throw ApiFault.badRequest("Invalid input for field/attribute server_group. '"
                    + (onePolicy ? "policy" : "policies") + "' is a required property");
        }
        GroupPolicy policy = GroupPolicy.parse(word)
                .filter(known -> known.strict() || call.version().atLeast(SOFT))
                .orElseThrow(() -> ApiFault.badRequest("Invalid input for field/attribute policy. '" + word
                        + "' is not one of anti-affinity, affinity"
                        + (call.version().atLeast(SOFT) ? ", soft-anti-affinity, soft-affinity" : "")));
        JsonObject rules = wanted.getJsonObject("rules");
        ServerGroup made = groups.create(
                new ServerGroups.NewGroup(
                        wanted.getString("name").strip(),
                        call.caller().project(),
                        call.caller().user(),
                        policy,
                        maxPerHost(rules)),
                call.caller().actor());
        return reply(call, made);
    }

    private Reply delete(Call call) {
        groups.delete(mine(call).id(), call.caller().actor());
        return Reply.empty(204);
    }

    /** The group, if it is the caller's to use; another project's is not there. */
    static ServerGroup find(ServerGroups groups, String text, ProjectId project) {
        return Servers.id(text, ServerGroupId::parse)
                .flatMap(groups::find)
                .filter(group -> group.project().equals(project))
                .orElseThrow(() -> ApiFault.badRequest("Instance group " + text + " could not be found."));
    }

    private ServerGroup mine(Call call) {
        String text = call.path("server_group_id");
        return Servers.id(text, ServerGroupId::parse)
                .flatMap(groups::find)
                .filter(group -> call.caller().mayKnow(group.project()))
                .orElseThrow(() -> ApiFault.notFound("Instance group " + text + " could not be found."));
    }

    private static @Nullable Integer maxPerHost(@Nullable JsonObject rules) {
        Object limit = rules == null ? null : rules.getValue("max_server_per_host");
        // The contract lets pass an integer, or the digits of one, as Nova does.
        return limit == null ? null : Integer.valueOf(limit.toString());
    }

    private static void refuseOther(JsonObject wanted, String field, boolean onePolicy) {
        if (wanted.containsKey(field)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute server_group. Additional properties are not allowed ('" + field
                            + "' was unexpected; it is there "
                            + (onePolicy ? "up to version 2.63" : "from version 2.64 on")
                            + ")");
        }
    }

    private static @Nullable String only(@Nullable JsonArray policies) {
        return policies == null || policies.size() != 1 ? null : policies.getString(0);
    }

    private static Reply reply(Call call, ServerGroup group) {
        return Reply.ok(new JsonObject().put("server_group", view(call, group)));
    }

    private static JsonObject view(Call call, ServerGroup group) {
        JsonArray members = new JsonArray();
        group.members().forEach(member -> members.add(member.toString()));
        JsonObject view = new JsonObject()
                .put("id", group.id().toString())
                .put("name", group.name())
                .put("members", members);
        if (call.version().atLeast(ONE_POLICY)) {
            view.put("policy", group.policy().word()).put("rules", rules(group));
        } else {
            view.put("policies", new JsonArray().add(group.policy().word())).put("metadata", new JsonObject());
        }
        if (call.version().atLeast(WITH_OWNER)) {
            view.put("project_id", group.project().value()).put("user_id", group.user());
        }
        return view;
    }

    private static JsonObject rules(ServerGroup group) {
        return group.policy() == GroupPolicy.ANTI_AFFINITY
                ? new JsonObject().put("max_server_per_host", group.maxPerHost())
                : new JsonObject();
    }
}
