package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Role;
import io.holdfast.identity.core.RoleRule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Roles, and which imply which: that is fixed. */
final class RolesProxy {

    private final Directory directory;
    private final Services services;

    RolesProxy(Directory directory, Services services) {
        this.directory = directory;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put(
                "listRoles",
                call -> Lists.reply(
                        services,
                        call,
                        "roles",
                        // Roles of a domain are another kind of role, and there are none.
                        call.query("domain_id") == null ? directory.roles(call.query("name")) : List.<Role>of(),
                        Role::id,
                        one -> view(services, call, one)));
        table.put("createRole", call -> {
            JsonObject wanted = call.body().getJsonObject("role");
            requireNoDomain(wanted);
            Role made = new Role(
                    "",
                    Lists.name(wanted),
                    Lists.text(wanted, "description"),
                    Extras.ROLE.ofNew(wanted),
                    Extras.options(wanted));
            return reply(call, 201, directory.addRole(made));
        });
        table.put("showRole", call -> reply(call, 200, found(call)));
        table.put("updateRole", this::update);
        table.put("deleteRole", call -> {
            directory.deleteRole(call.path("role_id"));
            return Reply.empty(204);
        });
        table.put("listRoleInferences", this::inferences);
        table.put(
                "listImpliedRoles",
                call -> Reply.ok(
                        new JsonObject().put("role_inference", inference(call, found(call), directory.roles(null)))));
        return table;
    }

    private Reply update(Call call) {
        JsonObject wanted = call.body().getJsonObject("role");
        Map<String, @Nullable Object> changes = new HashMap<>();
        if (wanted.getString("name") != null) {
            changes.put("name", Lists.name(wanted));
        }
        if (wanted.containsKey("description")) {
            changes.put("description", Lists.text(wanted, "description"));
        }
        requireNoDomain(wanted);
        Extras.ROLE.into(changes, wanted, call.path("role_id"));
        return reply(call, 200, directory.changeRole(call.path("role_id"), changes));
    }

    private static void requireNoDomain(JsonObject wanted) {
        if (wanted.getString("domain_id") != null) {
            throw new ApiFault(501, "There are no roles of a domain here.");
        }
    }

    private Reply inferences(Call call) {
        List<Role> known = directory.roles(null);
        JsonArray all = new JsonArray();
        known.stream()
                .filter(role -> !RoleRule.impliedBy(role.name()).isEmpty())
                .forEach(role -> all.add(inference(call, role, known)));
        return Reply.ok(new JsonObject()
                .put("role_inferences", all)
                .put("links", new JsonObject().put("self", services.base(call) + Keystone.V3 + "/role_inferences")));
    }

    private JsonObject inference(Call call, Role prior, List<Role> known) {
        JsonArray implied = new JsonArray();
        known.stream()
                .filter(role -> RoleRule.impliedBy(prior.name()).contains(role.name()))
                .forEach(role -> implied.add(brief(call, role)));
        return new JsonObject().put("prior_role", brief(call, prior)).put("implies", implied);
    }

    private Role found(Call call) {
        String id = call.path("role_id");
        return directory.role(id).orElseThrow(() -> IdentityException.notFound("role", id));
    }

    private Reply reply(Call call, int status, Role role) {
        return Reply.of(status, new JsonObject().put("role", view(services, call, role)));
    }

    private JsonObject brief(Call call, Role role) {
        return new JsonObject()
                .put("id", role.id())
                .put("name", role.name())
                .put("links", services.selfLink(call, "roles", role.id()));
    }

    static JsonObject view(Services services, Call call, Role role) {
        return Extras.view(role.extra())
                .put("id", role.id())
                .put("name", role.name())
                .put("domain_id", null)
                .put("description", role.description())
                .put("options", Extras.view(role.options()))
                .put("links", services.selfLink(call, "roles", role.id()));
    }
}
