package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.AppCredential;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.Claims;
import io.holdfast.identity.Directory;
import io.holdfast.identity.Domain;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.Logins;
import io.holdfast.identity.Project;
import io.holdfast.identity.Scope;
import io.holdfast.identity.TokenService;
import io.holdfast.identity.TokenView;
import io.holdfast.identity.User;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Logging in, and what a token is. */
final class AuthProxy {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final Directory directory;
    private final TokenService tokens;
    private final Logins logins;
    private final Services services;

    AuthProxy(Directory directory, TokenService tokens, Logins logins, Services services) {
        this.directory = directory;
        this.tokens = tokens;
        this.logins = logins;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("createToken", this::create);
        table.put("showToken", this::show);
        table.put("checkToken", call -> {
            subject(call);
            return Reply.empty(200);
        });
        table.put("revokeToken", this::revoke);
        table.put("showCatalog", this::catalog);
        table.put(
                "listOwnDomains",
                call -> Lists.reply(
                        services,
                        call,
                        "auth/domains",
                        directory.domainsOf(call.caller().user()),
                        Domain::id,
                        one -> DomainsProxy.view(services, call, one)));
        // Nobody has a role in the whole system.
        table.put(
                "listOwnSystems",
                call -> Lists.reply(
                        services, call, "auth/system", List.<String>of(), id -> id, id -> new JsonObject()));
        return table;
    }

    private Reply create(Call call) {
        LoginRequest request = LoginRequest.of(call.body());
        TokenService.Issued issued = logins.login(request.proof(), request.wish(), call.address());
        return Reply.of(201, body(call, issued.view(), !Lists.isSet(call, "nocatalog")))
                .with("X-Subject-Token", issued.token())
                .with("Vary", "X-Auth-Token");
    }

    private Reply show(Call call) {
        TokenView subject = subject(call);
        return Reply.of(200, body(call, subject, !Lists.isSet(call, "nocatalog")))
                .with("X-Subject-Token", token(call))
                .with("Vary", "X-Auth-Token");
    }

    private Reply revoke(Call call) {
        subject(call);
        if (!tokens.revoke(token(call))) {
            throw noToken();
        }
        return Reply.empty(204);
    }

    /** A token is its owner's to look at and to end, and an administrator's. */
    private TokenView subject(Call call) {
        TokenView view = tokens.view(token(call)).orElseThrow(AuthProxy::noToken);
        if (!call.caller().isAdmin()
                && !view.claims().user().equals(call.caller().user())) {
            throw new ApiFault(403, "You are not authorized to look at somebody else's token.");
        }
        return view;
    }

    private static String token(Call call) {
        String token = call.header("X-Subject-Token");
        if (token == null) {
            throw ApiFault.badRequest("X-Subject-Token must name the token that this is about.");
        }
        return token;
    }

    private static IdentityException noToken() {
        return new IdentityException(IdentityException.Kind.NOT_FOUND, "Could not find token.");
    }

    private Reply catalog(Call call) {
        Bearer bearer = call.caller().bearer();
        Scope scope = bearer != null
                ? bearer.scope()
                : new Scope.OnProject(call.caller().project().value());
        if (scope instanceof Scope.Unscoped) {
            throw new ApiFault(403, "A token without a scope has no catalog.");
        }
        return Reply.ok(new JsonObject()
                .put("catalog", services.catalog(call, scope))
                .put("links", new JsonObject().put("self", services.base(call) + Keystone.V3 + "/auth/catalog")));
    }

    private JsonObject body(Call call, TokenView view, boolean withCatalog) {
        Claims claims = view.claims();
        JsonArray methods = new JsonArray();
        claims.methods().stream().map(Claims.Method::word).sorted().forEach(methods::add);
        JsonArray audits = new JsonArray().add(auditId(claims.audit()));
        if (claims.parent() != null) {
            audits.add(auditId(claims.parent()));
        }
        User user = there(view.standing().user());
        JsonObject token = new JsonObject()
                .put("methods", methods)
                .put(
                        "user",
                        new JsonObject()
                                .put("id", user.id())
                                .put("name", user.name())
                                .put("domain", domain(there(view.standing().userDomain())))
                                .put("password_expires_at", null))
                .put("audit_ids", audits)
                .put("issued_at", time(claims.issuedAt()))
                .put("expires_at", time(claims.expiresAt()));
        switch (claims.scope()) {
            case Scope.Unscoped() -> {
                return new JsonObject().put("token", token);
            }
            case Scope.OnProject _ -> {
                Project project = there(view.standing().project());
                token.put(
                                "project",
                                new JsonObject()
                                        .put("id", project.id())
                                        .put("name", project.name())
                                        .put(
                                                "domain",
                                                domain(there(view.standing().domain()))))
                        .put("is_domain", false);
            }
            case Scope.OnDomain _ ->
                token.put("domain", domain(there(view.standing().domain())));
        }
        JsonArray roles = new JsonArray();
        view.roles()
                .forEach(role -> roles.add(new JsonObject().put("id", role.id()).put("name", role.name())));
        token.put("roles", roles);
        AppCredential credential = view.standing().appCredential();
        if (credential != null) {
            token.put(
                    "application_credential",
                    new JsonObject()
                            .put("id", credential.id())
                            .put("name", credential.name())
                            .put("restricted", !credential.unrestricted()));
        }
        if (withCatalog) {
            token.put("catalog", services.catalog(call, claims.scope()));
        }
        return new JsonObject().put("token", token);
    }

    private static JsonObject domain(Domain domain) {
        return new JsonObject().put("id", domain.id()).put("name", domain.name());
    }

    /** A good token has a user, and what its scope names. */
    private static <T> T there(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a good token without what it stands for");
        }
        return value;
    }

    private static String auditId(UUID id) {
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** As Keystone writes times. */
    static String time(Instant at) {
        return TIME.format(at);
    }
}
