package io.holdfast.identity.external;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Scope;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.identity.Verdict;
import io.holdfast.model.ProjectId;
import io.holdfast.secrets.SecretReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
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
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a Keystone for each token that is not known, and believes its answer for a short while. When it does not answer, no token is
 * good that is not still believed.
 *
 * <p>Our own token is had by a password and renewed before it ends, or when the other side does not take it any more.
 */
public final class ExternalKeystone implements TokenVerifier, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ExternalKeystone.class);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ANSWER_BYTES_MAX = 256 * 1024;
    private static final int PASSWORD_BYTES_MAX = 1024;

    /** Clocks differ, and a request takes time. */
    private static final Duration RENEWED_BEFORE = Duration.ofMinutes(1);

    private final IdentitySettings.Keystone settings;
    private final SecretReader secrets;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final HttpClient client;
    private final Object renewing = new Object();
    private volatile @Nullable Own own;

    // Guarded by itself.
    private final Map<String, Believed> believed;

    /**
     * @param nanoTime a monotonic clock in nanoseconds
     * @throws IllegalArgumentException when the certificates cannot be read
     */
    public ExternalKeystone(
            IdentitySettings.Keystone settings, SecretReader secrets, InstantSource clock, LongSupplier nanoTime) {
        this.settings = settings;
        this.secrets = secrets;
        this.clock = clock;
        this.nanoTime = nanoTime;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.timeoutOrDefault())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (settings.ca() != null) {
            builder.sslContext(trusting(settings.ca()));
        }
        this.client = builder.build();
        int most = settings.cacheSizeOrDefault();
        this.believed = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Believed> eldest) {
                return size() > most;
            }
        };
    }

    private record Believed(Bearer bearer, long untilNanos) {}

    private record Own(String token, Instant expiresAt) {}

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
        Own mine = ownToken(null);
        HttpResponse<String> answer = question(token, mine);
        if (answer.statusCode() == 401) {
            answer = question(token, ownToken(mine));
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
        client.shutdownNow();
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

    private static Bearer bearer(String body) {
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

    private HttpResponse<String> question(String token, Own mine) {
        try {
            return send(HttpRequest.newBuilder(URI.create(settings.url() + "/auth/tokens?nocatalog"))
                    .header("X-Auth-Token", mine.token)
                    .header("X-Subject-Token", token)
                    .GET());
        } catch (IllegalArgumentException e) {
            // Not even a header can have it.
            throw IdentityException.unauthorized();
        }
    }

    /** @param refused the one that the other side did not take */
    private Own ownToken(@Nullable Own refused) {
        Own now = own;
        if (now != null && isUsable(now, refused)) {
            return now;
        }
        synchronized (renewing) {
            now = own;
            if (now != null && isUsable(now, refused)) {
                return now;
            }
            Own fresh = login();
            own = fresh;
            return fresh;
        }
    }

    private boolean isUsable(Own now, @Nullable Own refused) {
        return !now.equals(refused) && clock.instant().isBefore(now.expiresAt.minus(RENEWED_BEFORE));
    }

    private Own login() {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode auth = body.putObject("auth");
        ObjectNode identity = auth.putObject("identity");
        identity.putArray("methods").add("password");
        ObjectNode user = identity.putObject("password").putObject("user");
        user.put("name", settings.user());
        user.putObject("domain").put("name", settings.userDomainOrDefault());
        user.put(
                "password",
                secrets.read("identity.keystone.password-file", settings.passwordFile(), PASSWORD_BYTES_MAX));
        ObjectNode project = auth.putObject("scope").putObject("project");
        project.put("name", settings.projectOrDefault());
        project.putObject("domain").put("name", settings.projectDomainOrDefault());
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(settings.url() + "/auth/tokens?nocatalog"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
        if (answer.statusCode() != 201) {
            throw unusable("answered " + answer.statusCode() + " to the login of " + settings.user(), null);
        }
        String token = answer.headers()
                .firstValue("X-Subject-Token")
                .orElseThrow(() -> unusable("gave no token to " + settings.user(), null));
        log.info("identity: logged in at {} as {}", settings.url(), settings.user());
        return new Own(token, bearer(answer.body()).expiresAt());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(
                    request.timeout(settings.timeoutOrDefault())
                            .header("Accept", "application/json")
                            .build(),
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8), ANSWER_BYTES_MAX));
        } catch (IOException e) {
            throw unusable("does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unusable("was not waited for", e);
        }
    }

    private static IdentityException unusable(String what, @Nullable Exception cause) {
        String message = "Tokens cannot be checked just now: the identity service " + what + ".";
        log.warn("identity: {}{}", message, cause == null ? "" : " (" + cause + ")");
        return cause == null
                ? new IdentityException(Kind.BUSY, message)
                : new IdentityException(Kind.BUSY, message, cause);
    }

    private static SSLContext trusting(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + count++, each);
            }
            if (count == 0) {
                throw new IllegalArgumentException("identity.keystone.ca " + pem + " has no certificate");
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("identity.keystone.ca " + pem + " cannot be read: " + e, e);
        }
    }
}
