package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Directory;
import io.holdfast.identity.Directory.Filter;
import io.holdfast.identity.Domain;
import io.holdfast.identity.Grant;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Project;
import io.holdfast.identity.Role;
import io.holdfast.identity.Scope;
import io.holdfast.identity.User;
import io.holdfast.identity.core.RoleRule;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who has which role where. */
final class GrantsProxy {

    private final Directory directory;
    private final Services services;

    GrantsProxy(Directory directory, Services services) {
        this.directory = directory;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Function<Call, Scope.Target> project = call -> new Scope.OnProject(call.path("project_id"));
        Function<Call, Scope.Target> domain = call -> new Scope.OnDomain(call.path("domain_id"));
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listProjectGrants", call -> list(call, project.apply(call)));
        table.put("checkProjectGrant", call -> check(call, project.apply(call)));
        table.put("addProjectGrant", call -> add(call, project.apply(call)));
        table.put("deleteProjectGrant", call -> delete(call, project.apply(call)));
        table.put("listDomainGrants", call -> list(call, domain.apply(call)));
        table.put("checkDomainGrant", call -> check(call, domain.apply(call)));
        table.put("addDomainGrant", call -> add(call, domain.apply(call)));
        table.put("deleteDomainGrant", call -> delete(call, domain.apply(call)));
        table.put("listRoleAssignments", this::assignments);
        return table;
    }

    private static Grant grant(Call call, Scope.Target target) {
        return new Grant(call.path("user_id"), target, call.path("role_id"));
    }

    private Reply list(Call call, Scope.Target target) {
        String user = call.path("user_id");
        if (directory.user(user).isEmpty()) {
            throw IdentityException.notFound("user", user);
        }
        Set<String> ids =
                directory.grants(user, target, null).stream().map(Grant::role).collect(Collectors.toSet());
        List<Role> roles = directory.roles(null).stream()
                .filter(role -> ids.contains(role.id()))
                .toList();
        String where = switch (target) {
            case Scope.OnProject(String id) -> "projects/" + id;
            case Scope.OnDomain(String id) -> "domains/" + id;
        };
        return Lists.reply(
                services,
                call,
                where + "/users/" + user + "/roles",
                roles,
                Role::id,
                role -> RolesProxy.view(services, call, role));
    }

    private Reply check(Call call, Scope.Target target) {
        Grant grant = grant(call, target);
        if (directory.grants(grant.user(), target, grant.role()).isEmpty()) {
            throw IdentityException.notFound("role assignment with role", grant.role());
        }
        return Reply.empty(204);
    }

    private Reply add(Call call, Scope.Target target) {
        directory.grant(grant(call, target));
        return Reply.empty(204);
    }

    private Reply delete(Call call, Scope.Target target) {
        directory.withdraw(grant(call, target));
        return Reply.empty(204);
    }

    private Reply assignments(Call call) {
        String project = call.query("scope.project.id");
        String domain = call.query("scope.domain.id");
        String role = call.query("role.id");
        if (project != null && domain != null) {
            throw ApiFault.badRequest("Specify a domain or project, not both");
        }
        boolean effective = Lists.isSet(call, "effective");
        List<Shown> found = new ArrayList<>();
        // Nothing is inherited, nobody is in a group, and nobody has a role in the whole system.
        if (call.query("group.id") == null
                && call.query("scope.system") == null
                && call.query("scope.OS-INHERIT:inherited_to") == null) {
            Scope.Target target =
                    project != null ? new Scope.OnProject(project) : domain != null ? new Scope.OnDomain(domain) : null;
            found.addAll(
                    shown(directory.grants(call.query("user.id"), target, effective ? null : role), effective, role));
        }
        Names names = Lists.isSet(call, "include_names") ? Names.of(directory) : null;
        return Lists.reply(
                services,
                call,
                "role_assignments",
                found,
                one -> one.user + " " + one.target.id() + " " + one.role.id(),
                one -> view(call, one, names));
    }

    private record Shown(String user, Scope.Target target, Role role) {}

    /** With {@code effective}, what is implied stands beside what was granted, each role once. */
    private List<Shown> shown(List<Grant> grants, boolean effective, @Nullable String role) {
        List<Role> known = directory.roles(null);
        Map<String, Role> byId = known.stream().collect(Collectors.toMap(Role::id, one -> one));
        return grants.stream()
                .flatMap(grant -> {
                    List<Role> own = byId.containsKey(grant.role()) ? List.of(byId.get(grant.role())) : List.<Role>of();
                    return (effective ? RoleRule.effective(own, known) : own)
                            .stream().map(one -> new Shown(grant.user(), grant.target(), one));
                })
                .filter(one -> role == null || one.role.id().equals(role))
                .distinct()
                .toList();
    }

    /** Everybody's name, read once for a whole list. */
    private record Names(Map<String, User> users, Map<String, Project> projects, Map<String, Domain> domains) {

        static Names of(Directory directory) {
            return new Names(
                    directory.users(Filter.ALL).stream().collect(Collectors.toMap(User::id, one -> one)),
                    directory.projects(Filter.ALL).stream().collect(Collectors.toMap(Project::id, one -> one)),
                    directory.domains(Filter.ALL).stream().collect(Collectors.toMap(Domain::id, one -> one)));
        }

        JsonObject domain(String id) {
            Domain domain = domains.get(id);
            return new JsonObject().put("id", id).put("name", domain == null ? null : domain.name());
        }

        JsonObject user(String id) {
            User user = users.get(id);
            return user == null
                    ? new JsonObject().put("id", id)
                    : new JsonObject().put("id", id).put("name", user.name()).put("domain", domain(user.domain()));
        }

        JsonObject project(String id) {
            Project project = projects.get(id);
            return project == null
                    ? new JsonObject().put("id", id)
                    : new JsonObject()
                            .put("id", id)
                            .put("name", project.name())
                            .put("domain", domain(project.domain()));
        }
    }

    private JsonObject view(Call call, Shown one, @Nullable Names names) {
        JsonObject role = new JsonObject().put("id", one.role.id());
        JsonObject user = names == null ? new JsonObject().put("id", one.user) : names.user(one.user);
        if (names != null) {
            role.put("name", one.role.name());
        }
        JsonObject scope = switch (one.target) {
            case Scope.OnProject(String id) ->
                new JsonObject().put("project", names == null ? new JsonObject().put("id", id) : names.project(id));
            case Scope.OnDomain(String id) ->
                new JsonObject().put("domain", names == null ? new JsonObject().put("id", id) : names.domain(id));
        };
        String kind = one.target instanceof Scope.OnProject ? "projects" : "domains";
        return new JsonObject()
                .put("role", role)
                .put("user", user)
                .put("scope", scope)
                .put(
                        "links",
                        new JsonObject()
                                .put(
                                        "assignment",
                                        services.self(call, kind, one.target.id()) + "/users/" + one.user + "/roles/"
                                                + one.role.id()));
    }
}
