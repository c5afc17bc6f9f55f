package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Logins;
import io.holdfast.identity.User;
import io.holdfast.identity.crypto.Passwords;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Users, their passwords, and the groups that there are not. */
final class UsersProxy {

    private final Directory directory;
    private final Logins logins;
    private final Passwords passwords;
    private final Services services;

    UsersProxy(Directory directory, Logins logins, Passwords passwords, Services services) {
        this.directory = directory;
        this.logins = logins;
        this.passwords = passwords;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put(
                "listUsers",
                call -> Lists.reply(
                        services,
                        call,
                        "users",
                        directory.users(Lists.filter(call)),
                        User::id,
                        one -> view(call, one)));
        table.put("createUser", this::create);
        table.put("showUser", call -> reply(call, 200, found(call)));
        table.put("updateUser", this::update);
        table.put("deleteUser", call -> {
            directory.deleteUser(call.path("user_id"));
            return Reply.empty(204);
        });
        table.put("changeOwnPassword", this::changeOwnPassword);
        table.put("listUserGroups", call -> {
            User user = found(call);
            return noGroups(call, "users/" + user.id() + "/groups");
        });
        table.put("listGroups", call -> noGroups(call, "groups"));
        table.put("showGroup", call -> {
            throw IdentityException.notFound("group", call.path("group_id"));
        });
        table.put("createGroup", call -> {
            throw new ApiFault(501, "There are no groups here; give users their roles one by one.");
        });
        return table;
    }

    private Reply noGroups(Call call, String kind) {
        return Lists.reply(services, call, kind, List.<String>of(), id -> id, id -> new JsonObject());
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("user");
        String password = wanted.getString("password");
        String domain = ProjectsProxy.domain(directory, call.caller(), wanted.getString("domain_id"));
        User user = new User(
                "",
                domain,
                Lists.name(wanted),
                wanted.getString("description"),
                wanted.getString("email"),
                wanted.getString("default_project_id"),
                DomainsProxy.enabled(wanted),
                Extras.USER.ofNew(wanted),
                Extras.options(wanted));
        return reply(call, 201, directory.addUser(user, password == null ? null : passwords.hash(password)));
    }

    private Reply update(Call call) {
        JsonObject wanted = call.body().getJsonObject("user");
        ProjectsProxy.requireSameDomain(found(call).domain(), wanted);
        Map<String, @Nullable Object> changes = new HashMap<>();
        if (wanted.getString("name") != null) {
            changes.put("name", Lists.name(wanted));
        }
        copy(wanted, "description", changes, "description");
        copy(wanted, "email", changes, "email");
        copy(wanted, "default_project_id", changes, "default_project");
        if (wanted.getBoolean("enabled") != null) {
            changes.put("enabled", wanted.getBoolean("enabled"));
        }
        String password = wanted.getString("password");
        if (password != null) {
            changes.put("password_hash", passwords.hash(password));
        }
        Extras.USER.into(changes, wanted, call.path("user_id"));
        return reply(call, 200, directory.changeUser(call.path("user_id"), changes));
    }

    private static void copy(JsonObject from, String field, Map<String, @Nullable Object> to, String column) {
        if (from.containsKey(field)) {
            to.put(column, from.getString(field));
        }
    }

    /** Not an administrator's either: who does not know the old password sets a new one by an update. */
    private Reply changeOwnPassword(Call call) {
        String id = call.path("user_id");
        if (!id.equals(call.caller().user())) {
            throw new ApiFault(403, "A password is changed by its owner; an administrator sets a new one.");
        }
        JsonObject wanted = call.body().getJsonObject("user");
        logins.changePassword(id, wanted.getString("original_password"), wanted.getString("password"), call.address());
        return Reply.empty(204);
    }

    private User found(Call call) {
        String id = call.path("user_id");
        return directory.user(id).orElseThrow(() -> IdentityException.notFound("user", id));
    }

    private Reply reply(Call call, int status, User user) {
        return Reply.of(status, new JsonObject().put("user", view(call, user)));
    }

    private JsonObject view(Call call, User user) {
        JsonObject view = Extras.view(user.extra())
                .put("id", user.id())
                .put("name", user.name())
                .put("domain_id", user.domain())
                .put("enabled", user.enabled())
                .put("password_expires_at", null)
                .put("options", Extras.view(user.options()))
                .put("links", services.selfLink(call, "users", user.id()));
        putIfThere(view, "description", user.description());
        putIfThere(view, "email", user.email());
        putIfThere(view, "default_project_id", user.defaultProject());
        return view;
    }

    private static void putIfThere(JsonObject view, String field, @Nullable String value) {
        if (value != null) {
            view.put(field, value);
        }
    }
}
