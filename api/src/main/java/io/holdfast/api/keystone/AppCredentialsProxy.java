package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.AppCredential;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Role;
import io.holdfast.identity.Scope;
import io.holdfast.identity.crypto.Passwords;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Application credentials: each is its user's own, for the project of the token that it is made with. */
final class AppCredentialsProxy {

    private final Directory directory;
    private final Passwords passwords;
    private final Services services;

    AppCredentialsProxy(Directory directory, Passwords passwords, Services services) {
        this.directory = directory;
        this.passwords = passwords;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listAppCredentials", this::list);
        table.put("createAppCredential", this::create);
        table.put(
                "showAppCredential",
                call -> Reply.ok(new JsonObject()
                        .put("application_credential", view(call, found(call), directory.roles(null)))));
        table.put("deleteAppCredential", this::delete);
        return table;
    }

    private Reply list(Call call) {
        String user = call.path("user_id");
        String name = call.query("name");
        List<Role> roles = directory.roles(null);
        return Lists.reply(
                services,
                call,
                "users/" + user + "/application_credentials",
                directory.appCredentials(user).stream()
                        .filter(one -> name == null || one.name().equals(name))
                        .toList(),
                AppCredential::id,
                one -> view(call, one, roles));
    }

    private Reply create(Call call) {
        Bearer bearer = requireOwn(call);
        if (!(bearer.scope() instanceof Scope.OnProject(String project))) {
            throw new ApiFault(403, "An application credential is made with a token that is scoped to a project.");
        }
        JsonObject wanted = call.body().getJsonObject("application_credential");
        JsonArray rules = wanted.getJsonArray("access_rules");
        if (rules != null && !rules.isEmpty()) {
            throw new ApiFault(501, "Access rules of application credentials are not supported.");
        }
        List<Role> known = directory.roles(null);
        String chosen = wanted.getString("secret");
        String secret = chosen == null ? passwords.drawn() : chosen;
        AppCredential made = directory.addAppCredential(
                new AppCredential(
                        "",
                        bearer.userId(),
                        project,
                        Lists.name(wanted),
                        wanted.getString("description"),
                        roles(wanted.getJsonArray("roles"), bearer, known),
                        Boolean.TRUE.equals(wanted.getBoolean("unrestricted")),
                        expiresAt(wanted.getString("expires_at"))),
                chosen == null ? passwords.hashDrawn(secret) : passwords.hash(secret));
        // Shown this once.
        return Reply.of(
                201,
                new JsonObject()
                        .put("application_credential", view(call, made, known).put("secret", secret)));
    }

    private Reply delete(Call call) {
        requireOwn(call);
        directory.deleteAppCredential(call.path("user_id"), call.path("application_credential_id"));
        return Reply.empty(204);
    }

    /** Made and deleted by the user alone, and by a program only if its credential says so. */
    private static Bearer requireOwn(Call call) {
        Bearer bearer = call.caller().bearer();
        if (bearer == null || !bearer.userId().equals(call.path("user_id"))) {
            throw new ApiFault(403, "Application credentials are made and deleted by their user.");
        }
        if (bearer.restricted()) {
            throw new ApiFault(
                    403,
                    "A token of a restricted application credential cannot make or delete application credentials.");
        }
        return bearer;
    }

    /** Ids of the roles that are asked for, or of all that the token has; never of more. */
    private static List<String> roles(@Nullable JsonArray wanted, Bearer bearer, List<Role> known) {
        List<Role> own = known.stream()
                .filter(role -> bearer.roles().contains(role.name()))
                .toList();
        if (wanted == null || wanted.isEmpty()) {
            return own.stream().map(Role::id).toList();
        }
        return wanted.stream()
                .map(each -> {
                    JsonObject ref = (JsonObject) each;
                    return own.stream()
                            .filter(role -> ref.containsKey("id")
                                    ? role.id().equals(ref.getString("id"))
                                    : role.name().equals(ref.getString("name")))
                            .findFirst()
                            .map(Role::id)
                            .orElseThrow(() -> ApiFault.badRequest(
                                    "Invalid application credential: its roles must be roles of the token."));
                })
                .distinct()
                .toList();
    }

    private static @Nullable Instant expiresAt(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            Instant at = Instant.parse(text.endsWith("Z") || text.matches(".*[+-]\\d\\d:\\d\\d") ? text : text + "Z");
            if (at.isBefore(Instant.now())) {
                throw ApiFault.badRequest("expires_at must not be in the past.");
            }
            return at;
        } catch (DateTimeParseException e) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute expires_at. It must be like 2030-01-31T12:00:00Z.");
        }
    }

    private AppCredential found(Call call) {
        String id = call.path("application_credential_id");
        return directory
                .appCredential(id)
                .filter(one -> one.user().equals(call.path("user_id")))
                .orElseThrow(() -> IdentityException.notFound("application credential", id));
    }

    private JsonObject view(Call call, AppCredential one, List<Role> known) {
        JsonArray roles = new JsonArray();
        known.stream()
                .filter(role -> one.roles().contains(role.id()))
                .forEach(role -> roles.add(new JsonObject()
                        .put("id", role.id())
                        .put("name", role.name())
                        .put("domain_id", null)));
        return new JsonObject()
                .put("id", one.id())
                .put("name", one.name())
                .put("description", one.description())
                .put("project_id", one.project())
                .put("user_id", one.user())
                .put("roles", roles)
                .put("unrestricted", one.unrestricted())
                .put("expires_at", one.expiresAt() == null ? null : AuthProxy.time(one.expiresAt()))
                .put("system", null)
                .put("links", services.selfLink(call, "users/" + one.user() + "/application_credentials", one.id()));
    }
}
