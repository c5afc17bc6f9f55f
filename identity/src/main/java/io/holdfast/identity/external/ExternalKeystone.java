package io.holdfast.identity.external;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Scope;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.identity.Verdict;
import io.holdfast.model.ProjectId;
import io.holdfast.secrets.SecretReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a Keystone for each token that is not known, and believes its answer for a short while. When it does not answer, no token is
 * good that is not still believed.
 */
public final class ExternalKeystone implements TokenVerifier, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ExternalKeystone.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final IdentitySettings.Keystone settings;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final KeystoneLogin login;

    // Guarded by itself.
    private final Map<String, Believed> believed;

    /**
     * @param nanoTime a monotonic clock in nanoseconds
     * @throws IllegalArgumentException when the certificates cannot be read
     */
    public ExternalKeystone(
            IdentitySettings.Keystone settings, SecretReader secrets, InstantSource clock, LongSupplier nanoTime) {
        this.settings = settings;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.login = new KeystoneLogin("identity.keystone", settings, secrets, clock);
        int most = settings.cacheSizeOrDefault();
        this.believed = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Believed> eldest) {
                return size() > most;
            }
        };
    }

    private record Believed(Bearer bearer, long untilNanos) {}

    @Override
    public Optional<Verdict> remembered(String token) {
        Believed known;
        synchronized (believed) {
            known = believed.get(token);
            if (known != null && nanoTime.getAsLong() - known.untilNanos >= 0) {
                believed.remove(token);
                known = null;
            }
        }
        if (known == null) {
            return Optional.empty();
        }
        return Optional.of(
                clock.instant().isBefore(known.bearer.expiresAt())
                        ? new Verdict.Good(known.bearer)
                        : new Verdict.Ended());
    }

    @Override
    public Verdict ask(String token) {
        String mine = login.token(null);
        HttpResponse<String> answer = question(token, mine);
        if (answer.statusCode() == 401) {
            answer = question(token, login.token(mine));
        }
        return switch (answer.statusCode()) {
            case 200 -> good(token, answer.body());
            case 404 -> new Verdict.Wrong();
            default -> throw unusable("answered " + answer.statusCode() + " to a question about a token", null);
        };
    }

    @Override
    public String loginUrl(String base) {
        return settings.url().toString();
    }

    @Override
    public void close() {
        login.close();
    }

    private Verdict good(String token, String body) {
        Bearer bearer = bearer(body);
        if (!clock.instant().isBefore(bearer.expiresAt())) {
            return new Verdict.Ended();
        }
        if (!settings.cacheTimeOrDefault().isZero()) {
            synchronized (believed) {
                believed.put(
                        token,
                        new Believed(
                                bearer,
                                nanoTime.getAsLong()
                                        + settings.cacheTimeOrDefault().toNanos()));
            }
        }
        return new Verdict.Good(bearer);
    }

    static Bearer bearer(String body) {
        try {
            JsonNode token = JSON.readTree(body).path("token");
            String user = token.path("user").path("id").asText();
            String name = token.path("user").path("name").asText();
            if (user.isEmpty() || name.isEmpty()) {
                throw unusable("described a token without a user", null);
            }
            String project = token.path("project").path("id").asText();
            String domain = token.path("domain").path("id").asText();
            Scope scope = !project.isEmpty()
                    ? new Scope.OnProject(ProjectId.of(project).value())
                    : !domain.isEmpty() ? new Scope.OnDomain(domain) : new Scope.Unscoped();
            Set<String> roles = new HashSet<>();
            token.path("roles")
                    .forEach(role -> roles.add(role.path("name").asText().toLowerCase(Locale.ROOT)));
            return new Bearer(
                    user,
                    name,
                    scope,
                    roles,
                    Instant.parse(token.path("expires_at").asText()),
                    false);
        } catch (JsonProcessingException | DateTimeParseException e) {
            throw unusable("described a token in a way that cannot be read", e);
        } catch (IllegalArgumentException e) {
            throw unusable("described a token with a project's id that cannot be one", e);
        }
    }

    private HttpResponse<String> question(String token, String mine) {
        try {
            return login.send(HttpRequest.newBuilder(URI.create(settings.url() + "/auth/tokens?nocatalog"))
                    .header("X-Auth-Token", mine)
                    .header("X-Subject-Token", token)
                    .GET());
        } catch (IllegalArgumentException e) {
            // Not even a header can have it.
            throw IdentityException.unauthorized();
        }
    }

    static IdentityException unusable(String what, @Nullable Exception cause) {
        String message = "Tokens cannot be checked just now: the identity service " + what + ".";
        log.warn("identity: {}{}", message, cause == null ? "" : " (" + cause + ")");
        return cause == null
                ? new IdentityException(Kind.BUSY, message)
                : new IdentityException(Kind.BUSY, message, cause);
    }
}
