package io.holdfast.identity.external;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.identity.IdentitySettings;
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
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our own token at somebody else's Keystone: had by a password and renewed before it ends, or when the other side does not take it any
 * more. Thread-safe.
 */
public final class KeystoneLogin implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KeystoneLogin.class);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ANSWER_BYTES_MAX = 256 * 1024;
    private static final int PASSWORD_BYTES_MAX = 1024;

    /** Clocks differ, and a request takes time. */
    private static final Duration RENEWED_BEFORE = Duration.ofMinutes(1);

    private final String key;
    private final IdentitySettings.Keystone settings;
    private final SecretReader secrets;
    private final InstantSource clock;
    private final HttpClient client;
    private final Object renewing = new Object();
    private volatile @Nullable Own own;

    /**
     * @param key what the settings are under, for messages
     * @throws IllegalArgumentException when the certificates cannot be read
     */
    public KeystoneLogin(String key, IdentitySettings.Keystone settings, SecretReader secrets, InstantSource clock) {
        this.key = key;
        this.settings = settings;
        this.secrets = secrets;
        this.clock = clock;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.timeoutOrDefault())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (settings.ca() != null) {
            builder.sslContext(trusting(key + ".ca", settings.ca()));
        }
        this.client = builder.build();
    }

    private record Own(String token, Instant expiresAt) {}

    /**
     * May block for as long as Keystone takes.
     *
     * @param refused the one that the other side did not take; null when none was
     * @throws IdentityException BUSY when there is none to be had
     */
    public String token(@Nullable String refused) {
        Own now = own;
        if (now != null && isUsable(now, refused)) {
            return now.token;
        }
        synchronized (renewing) {
            now = own;
            if (now != null && isUsable(now, refused)) {
                return now.token;
            }
            Own fresh = login();
            own = fresh;
            return fresh.token;
        }
    }

    private boolean isUsable(Own now, @Nullable String refused) {
        return !now.token.equals(refused) && clock.instant().isBefore(now.expiresAt.minus(RENEWED_BEFORE));
    }

    private Own login() {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode auth = body.putObject("auth");
        ObjectNode identity = auth.putObject("identity");
        identity.putArray("methods").add("password");
        ObjectNode user = identity.putObject("password").putObject("user");
        user.put("name", settings.user());
        user.putObject("domain").put("name", settings.userDomainOrDefault());
        user.put("password", secrets.read(key + ".password-file", settings.passwordFile(), PASSWORD_BYTES_MAX));
        ObjectNode project = auth.putObject("scope").putObject("project");
        project.put("name", settings.projectOrDefault());
        project.putObject("domain").put("name", settings.projectDomainOrDefault());
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(settings.url() + "/auth/tokens?nocatalog"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
        if (answer.statusCode() != 201) {
            throw ExternalKeystone.unusable(
                    "answered " + answer.statusCode() + " to the login of " + settings.user(), null);
        }
        String token = answer.headers()
                .firstValue("X-Subject-Token")
                .orElseThrow(() -> ExternalKeystone.unusable("gave no token to " + settings.user(), null));
        log.info("logged in at {} as {}", settings.url(), settings.user());
        return new Own(token, ExternalKeystone.bearer(answer.body()).expiresAt());
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(
                    request.timeout(settings.timeoutOrDefault())
                            .header("Accept", "application/json")
                            .build(),
                    HttpResponse.BodyHandlers.limiting(
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8), ANSWER_BYTES_MAX));
        } catch (IOException e) {
            throw ExternalKeystone.unusable("does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ExternalKeystone.unusable("was not waited for", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /**
     * A TLS context that believes these certificates and no others.
     *
     * @param key the setting that names them
     * @throws IllegalArgumentException when they cannot be read
     */
    public static SSLContext trusting(String key, Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int count = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + count++, each);
            }
            if (count == 0) {
                throw new IllegalArgumentException(key + " " + pem + " has no certificate");
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(key + " " + pem + " cannot be read: " + e, e);
        }
    }
}
