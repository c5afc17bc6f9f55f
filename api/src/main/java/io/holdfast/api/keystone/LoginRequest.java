package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.identity.Proof;
import io.holdfast.identity.Proof.DomainRef;
import io.holdfast.identity.Proof.UserRef;
import io.holdfast.identity.Proof.Wish;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What somebody shows and wants, out of the body of {@code POST /v3/auth/tokens}. */
record LoginRequest(Proof proof, Wish wish) {

    /** @throws ApiFault 400 when something is missing, 401 for a method that there is not */
    static LoginRequest of(JsonObject body) {
        JsonObject auth = object(body, "auth");
        JsonObject identity = object(auth, "identity");
        JsonArray methods = identity.getJsonArray("methods");
        if (methods.size() != 1) {
            throw ApiFault.badRequest("Exactly one method of authentication is taken at a time.");
        }
        String method = methods.getString(0);
        Proof proof = switch (method) {
            case "password" -> password(object(object(identity, "password"), "user"));
            case "token" -> new Proof.OldToken(required(object(identity, "token"), "id"));
            case "application_credential" -> application(object(identity, "application_credential"));
            default -> throw new ApiFault(401, "Attempted to authenticate with an unsupported method.");
        };
        return new LoginRequest(proof, wish(auth.getValue("scope")));
    }

    private static Proof password(JsonObject user) {
        return new Proof.Password(user(user), required(user, "password"));
    }

    private static Proof application(JsonObject credential) {
        String id = text(credential, "id");
        String secret = required(credential, "secret");
        return id != null
                ? new Proof.Application(id, null, null, secret)
                : new Proof.Application(null, required(credential, "name"), user(object(credential, "user")), secret);
    }

    private static UserRef user(JsonObject user) {
        String id = text(user, "id");
        return id != null
                ? new UserRef(id, null, null)
                : new UserRef(null, required(user, "name"), domain(object(user, "domain")));
    }

    private static Wish wish(@Nullable Object scope) {
        return switch (scope) {
            case null -> new Wish.Usual();
            case String word when word.equals("unscoped") -> new Wish.Nothing();
            case JsonObject wanted when wanted.containsKey("unscoped") -> new Wish.Nothing();
            case JsonObject wanted when wanted.containsKey("project") -> project(object(wanted, "project"));
            case JsonObject wanted
            when wanted.containsKey("domain") -> new Wish.ForDomain(domain(object(wanted, "domain")));
            // Nobody has a role there, and that is how Keystone says so.
            case JsonObject wanted
            when wanted.containsKey("system") ->
                throw new ApiFault(401, "The request you have made requires authentication.");
            default -> throw ApiFault.badRequest("Invalid input for field/attribute scope.");
        };
    }

    private static Wish project(JsonObject project) {
        String id = text(project, "id");
        return id != null
                ? new Wish.ForProject(id, null, null)
                : new Wish.ForProject(null, required(project, "name"), domain(object(project, "domain")));
    }

    private static DomainRef domain(JsonObject domain) {
        String id = text(domain, "id");
        return id != null ? new DomainRef(id, null) : new DomainRef(null, required(domain, "name"));
    }

    private static JsonObject object(JsonObject in, String field) {
        if (in.getValue(field) instanceof JsonObject object) {
            return object;
        }
        throw missing(field);
    }

    private static @Nullable String text(JsonObject in, String field) {
        return in.getValue(field) instanceof String text && !text.isEmpty() ? text : null;
    }

    private static String required(JsonObject in, String field) {
        String text = text(in, field);
        if (text == null) {
            throw missing(field);
        }
        return text;
    }

    private static ApiFault missing(String field) {
        return ApiFault.badRequest(
                "Expecting to find " + field + " in the request. The server could not comply with the"
                        + " request since it is either malformed or otherwise incorrect.");
    }
}
