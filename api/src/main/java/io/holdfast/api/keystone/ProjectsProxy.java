package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.Directory;
import io.holdfast.identity.Domain;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Project;
import io.holdfast.identity.Scope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Projects. There is one level of them: the parent of each is its domain. */
final class ProjectsProxy {

    private final Directory directory;
    private final Services services;

    ProjectsProxy(Directory directory, Services services) {
        this.directory = directory;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listProjects", this::list);
        table.put("createProject", this::create);
        table.put("showProject", this::show);
        table.put("updateProject", this::update);
        table.put("deleteProject", call -> {
            directory.deleteProject(call.path("project_id"));
            return Reply.empty(204);
        });
        table.put("listProjectTags", call -> tags(call, seen(call)));
        table.put("setProjectTags", call -> {
            List<String> wanted = Tags.of(call.body());
            return tags(call, directory.changeTags(call.path("project_id"), tags -> wanted));
        });
        table.put("deleteProjectTags", call -> {
            directory.changeTags(call.path("project_id"), tags -> List.of());
            return Reply.empty(204);
        });
        table.put("showProjectTag", this::hasTag);
        table.put("checkProjectTag", this::hasTag);
        table.put("addProjectTag", this::addTag);
        table.put("deleteProjectTag", this::deleteTag);
        table.put(
                "listOwnProjects",
                call -> list(
                        call,
                        "auth/projects",
                        directory.projectsOf(call.caller().user())));
        table.put(
                "listUserProjects",
                call -> list(
                        call,
                        "users/" + call.path("user_id") + "/projects",
                        directory.projectsOf(call.path("user_id"))));
        return table;
    }

    private Reply list(Call call) {
        String parent = call.query("parent_id");
        boolean domains = Lists.isSet(call, "is_domain");
        Tags.Filter tags = Tags.filter(call);
        return list(
                call,
                "projects",
                directory.projects(Lists.filter(call)).stream()
                        .filter(one ->
                                !domains && (parent == null || one.domain().equals(parent)))
                        .filter(one -> tags.holds(one.tags()))
                        .toList());
    }

    private Reply list(Call call, String kind, List<Project> projects) {
        return Lists.reply(services, call, kind, projects, Project::id, one -> view(services, call, one));
    }

    /** One's own, whatever the role; for administrators all. */
    private Reply show(Call call) {
        return reply(call, 200, seen(call));
    }

    private Project seen(Call call) {
        Caller caller = call.caller();
        if (!caller.isAdmin() && !caller.project().value().equals(call.path("project_id"))) {
            throw new ApiFault(403, "You are not authorized to look at this project.");
        }
        return found(call);
    }

    private Reply tags(Call call, Project project) {
        return Reply.ok(new JsonObject()
                .put("tags", new JsonArray(project.tags()))
                .put("links", new JsonObject().put("self", services.self(call, "projects", project.id()) + "/tags")));
    }

    private Reply hasTag(Call call) {
        requireTag(seen(call).tags(), call.path("tag"));
        return Reply.empty(204);
    }

    private static void requireTag(List<String> tags, String tag) {
        if (!tags.contains(tag)) {
            throw IdentityException.notFound("project tag", tag);
        }
    }

    private Reply addTag(Call call) {
        String tag = Tags.stripped(call.path("tag"));
        Project changed = directory.changeTags(call.path("project_id"), tags -> Tags.with(tags, tag));
        String at = services.self(call, "projects", changed.id()) + "/tags/" + Lists.encoded(tag);
        return Reply.empty(201).with("Location", at);
    }

    private Reply deleteTag(Call call) {
        String tag = call.path("tag");
        directory.changeTags(call.path("project_id"), tags -> {
            requireTag(tags, tag);
            return tags.stream().filter(one -> !one.equals(tag)).toList();
        });
        return Reply.empty(204);
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("project");
        if (Boolean.TRUE.equals(wanted.getBoolean("is_domain"))) {
            throw new ApiFault(403, "A project that acts as a domain cannot be made; make a domain.");
        }
        String parent = wanted.getString("parent_id");
        String domain = domain(directory, call.caller(), wanted.getString("domain_id"));
        if (parent != null && !parent.equals(domain)) {
            throw new ApiFault(403, "There is one level of projects: the parent of each is its domain.");
        }
        return reply(
                call,
                201,
                directory.addProject(new Project(
                        "",
                        domain,
                        Lists.name(wanted),
                        Lists.text(wanted, "description"),
                        DomainsProxy.enabled(wanted),
                        Tags.of(wanted),
                        Extras.PROJECT.ofNew(wanted),
                        Extras.options(wanted))));
    }

    private Reply update(Call call) {
        JsonObject wanted = call.body().getJsonObject("project");
        requireSameDomain(found(call).domain(), wanted);
        Map<String, @Nullable Object> changes = DomainsProxy.changes(wanted);
        Extras.PROJECT.into(changes, wanted, call.path("project_id"));
        return reply(call, 200, directory.changeProject(call.path("project_id"), changes));
    }

    private Project found(Call call) {
        String id = call.path("project_id");
        return directory.project(id).orElseThrow(() -> IdentityException.notFound("project", id));
    }

    /** Something does not move from one domain to another. */
    static void requireSameDomain(String domain, JsonObject wanted) {
        String other = wanted.getString("domain_id");
        if (other != null && !other.equals(domain)) {
            throw ApiFault.badRequest("domain_id cannot be changed.");
        }
    }

    /** Where something new goes: the domain that is named, or else that of the caller's token. */
    static String domain(Directory directory, Caller caller, @Nullable String named) {
        if (named != null) {
            if (directory.domain(named).isEmpty()) {
                throw IdentityException.notFound("domain", named);
            }
            return named;
        }
        Bearer bearer = caller.bearer();
        Scope scope = bearer == null ? new Scope.Unscoped() : bearer.scope();
        return switch (scope) {
            case Scope.OnProject(String id) ->
                directory.project(id).map(Project::domain).orElse(Domain.DEFAULT);
            case Scope.OnDomain(String id) -> id;
            case Scope.Unscoped() -> Domain.DEFAULT;
        };
    }

    private Reply reply(Call call, int status, Project project) {
        return Reply.of(status, new JsonObject().put("project", view(services, call, project)));
    }

    static JsonObject view(Services services, Call call, Project project) {
        return Extras.view(project.extra())
                .put("id", project.id())
                .put("name", project.name())
                .put("domain_id", project.domain())
                .put("parent_id", project.domain())
                .put("is_domain", false)
                .put("description", project.description())
                .put("enabled", project.enabled())
                .put("tags", new JsonArray(project.tags()))
                .put("options", Extras.view(project.options()))
                .put("links", services.selfLink(call, "projects", project.id()));
    }
}
