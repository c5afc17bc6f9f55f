package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fencing.FencingSettings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation with one service, from the first connection to the end of the session. One thread at a time.
 *
 * <p>All requests together have one deadline. Every way to fail is a {@link RedfishException}; no line of it holds the
 * password or the session's token, also when the service repeats them.
 */
final class Conversation implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The standard's one fixed path. */
    static final String ROOT = "/redfish/v1/";

    /** Some hundred times what a system's description takes. */
    static final int BODY_BYTES_MAX = 1024 * 1024;

    private static final int TOKEN_LENGTH_MAX = 4096;

    /**
     * How long after the call the end of a session is awaited. Too short: a slow service keeps sessions that nobody uses, and
     * refuses the next login when it has no more; too long: calls to a service that never answers pile up.
     */
    static final Duration AFTERMATH = Duration.ofSeconds(5);

    private final Account account;
    private final long endNanos;
    private final HttpClient http;

    /** What proves who we are, once that is so. */
    private @Nullable Header credential;

    /** The answer to the login, as soon as one is asked for. */
    private @Nullable CompletableFuture<HttpResponse<byte[]>> login;

    /** Where, as whom, and whom to believe. */
    record Account(
            String origin, String where, String user, String password, FencingSettings.Login login, Trust trust) {

        @Override
        public String toString() {
            return where;
        }
    }

    private record Header(String name, String value) {

        /** The value without the word that says of what kind it is. */
        String secret() {
            return value.substring(value.indexOf(' ') + 1);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    Conversation(Account account, Duration deadline) {
        this.account = account;
        this.endNanos = System.nanoTime() + deadline.toNanos();
        this.http = HttpClient.newBuilder()
                .sslContext(account.trust().context())
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        if (account.login() == FencingSettings.Login.BASIC) {
            String both = account.user() + ":" + account.password();
            String encoded = Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
            credential = new Header("Authorization", "Basic " + encoded);
        }
    }

    /** The service's root, which needs no login. */
    JsonNode root() throws RedfishException {
        HttpResponse<byte[]> answer = await(send("GET", ROOT, BodyPublishers.noBody()), "GET " + ROOT);
        if (answer.statusCode() == 404) {
            throw new RedfishException(Trouble.NO_SERVICE, "404 to GET " + ROOT);
        }
        if (answer.statusCode() == 401 && credential == null) {
            throw new RedfishException(
                    Trouble.REFUSED,
                    "the service's root wants a login, against the standard; use 'login: basic' for it");
        }
        return resource(answer, "GET " + ROOT);
    }

    /**
     * Makes a session if the account wants one; with basic authentication there is nothing to do.
     *
     * @param sessions where sessions are made, if the service says so
     */
    void logIn(Optional<String> sessions) throws RedfishException {
        if (account.login() == FencingSettings.Login.BASIC) {
            return;
        }
        String path = sessions.orElseThrow(() ->
                new RedfishException(Trouble.REFUSED, "the service makes no sessions; use 'login: basic' for it"));
        String what = "POST " + path;
        login = send("POST", path, json(Map.of("UserName", account.user(), "Password", account.password())));
        HttpResponse<byte[]> answer = await(login, what);
        int status = answer.statusCode();
        if (status == 404 || status == 405 || status == 501) {
            throw refusal(Trouble.REFUSED, answer, what, "the service makes no sessions; use 'login: basic' for it");
        }
        if (status == 400) {
            throw refusal(Trouble.REFUSED_LOGIN, answer, what, "");
        }
        requireSuccess(answer, what);
        credential = new Header("X-Auth-Token", token(answer));
    }

    private static String token(HttpResponse<byte[]> answer) throws RedfishException {
        String token = answer.headers().firstValue("X-Auth-Token").orElse("");
        // Checked here because the HTTP client would refuse it in words that repeat it.
        if (token.isEmpty()
                || token.length() > TOKEN_LENGTH_MAX
                || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new RedfishException(Trouble.GARBLED, "the service made a session without a usable X-Auth-Token");
        }
        return token;
    }

    /** A resource, by its path. */
    JsonNode get(String path) throws RedfishException {
        String what = "GET " + path;
        return resource(await(send("GET", path, BodyPublishers.noBody()), what), what);
    }

    /** Carries out an action. Returns when the service has taken it on, with its status. */
    int post(String path, Map<String, String> parameters) throws RedfishException {
        String what = "POST " + path;
        HttpResponse<byte[]> answer = await(send("POST", path, json(parameters)), what);
        requireSuccess(answer, what);
        return answer.statusCode();
    }

    private JsonNode resource(HttpResponse<byte[]> answer, String what) throws RedfishException {
        requireSuccess(answer, what);
        return Resources.parse(answer.body(), what);
    }

    private static BodyPublisher json(Map<String, String> values) {
        try {
            return BodyPublishers.ofByteArray(JSON.writeValueAsBytes(values));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts is always JSON", e);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> send(String method, String path, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(account.origin() + path))
                .header("Accept", "application/json")
                .header("OData-Version", "4.0")
                .method(method, body);
        if (body.contentLength() > 0) {
            request.header("Content-Type", "application/json");
        }
        Header proof = credential;
        if (proof != null) {
            request.header(proof.name, proof.value);
        }
        return http.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), BODY_BYTES_MAX));
    }

    private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> answer, String what)
            throws RedfishException {
        try {
            return answer.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new RedfishException(Trouble.TIMED_OUT, "no answer to " + what);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedfishException(Trouble.INTERRUPTED, "while waiting for the answer to " + what);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause(), what);
        }
    }

    private RedfishException failed(Throwable thrown, String what) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof Trust.OtherCertificate other) {
                return new RedfishException(Trouble.NOT_TRUSTED, String.valueOf(other.getMessage()));
            }
            if (e instanceof CertificateException) {
                return new RedfishException(Trouble.NOT_TRUSTED, said(e));
            }
            if (e instanceof SSLException && said(e).contains("SSL message")) {
                // Also as the cause of "received no bytes", when the request was under way before the handshake failed.
                return new RedfishException(
                        Trouble.GARBLED, "what answers at " + account.where() + " does not speak TLS");
            }
            if (e instanceof UnresolvedAddressException) {
                return new RedfishException(
                        Trouble.UNREACHABLE, "the name of " + account.where() + " cannot be resolved");
            }
        }
        String said = said(thrown);
        return switch (thrown) {
            case ConnectException _ ->
                new RedfishException(
                        Trouble.UNREACHABLE,
                        thrown.getMessage() == null ? "nobody listens at " + account.where() : said);
            case SSLException _
            when said.contains("certificate") || said.contains("PKIX") ->
                new RedfishException(Trouble.NOT_TRUSTED, said);
            case SSLException _ -> new RedfishException(Trouble.UNREACHABLE, "no TLS connection: " + said);
            case ProtocolException _ -> new RedfishException(Trouble.GARBLED, "no HTTP to " + what + ": " + said);
            case IOException _
            when said.contains("exceeds capacity") ->
                new RedfishException(
                        Trouble.TOO_LARGE, "the answer to " + what + " has more than " + BODY_BYTES_MAX + " bytes");
            case IOException _ ->
                new RedfishException(Trouble.UNREACHABLE, "the connection broke at " + what + ": " + said);
            default -> new RedfishException(Trouble.GARBLED, "no usable answer to " + what + ": " + said);
        };
    }

    private String said(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClass().getSimpleName() : told(message);
    }

    private void requireSuccess(HttpResponse<byte[]> answer, String what) throws RedfishException {
        int status = answer.statusCode();
        if (status == 200 || status == 201 || status == 202 || status == 204) {
            return;
        }
        if (status == 503 || status == 429) {
            throw refusal(
                    Trouble.BUSY,
                    answer,
                    what,
                    answer.headers()
                            .firstValue("Retry-After")
                            .map(when ->
                                    "it says to come back after " + told(when) + (when.matches("[0-9]+") ? " s" : ""))
                            .orElse(""));
        }
        if (status >= 300 && status < 400) {
            String to = answer.headers().firstValue("Location").map(this::told).orElse("nowhere");
            throw refusal(Trouble.REDIRECT, answer, what, "to " + to + ", which is not followed");
        }
        throw refusal(
                switch (status) {
                    case 401 -> Trouble.REFUSED_LOGIN;
                    case 403 -> Trouble.FORBIDDEN;
                    default -> status >= 500 ? Trouble.FAULTY : status >= 400 ? Trouble.REFUSED : Trouble.GARBLED;
                },
                answer,
                what,
                status == 401 ? "wrong user or password" : "");
    }

    private RedfishException refusal(Trouble trouble, HttpResponse<byte[]> answer, String what, String ours) {
        String theirs = told(Resources.reason(answer.body()));
        return new RedfishException(
                trouble,
                answer.statusCode() + " to " + what + (ours.isEmpty() ? "" : "; " + ours)
                        + (theirs.isEmpty() ? "" : "; it says: " + theirs));
    }

    /**
     * The service's words, for many to read; left out as a whole when they repeat a secret, because a gap in a sentence that
     * everybody knows would tell what stood there.
     */
    private String told(String theirs) {
        Header proof = credential;
        boolean secret = theirs.contains(account.password()) || (proof != null && theirs.contains(proof.secret()));
        return secret ? "(left out, because it repeats a secret)" : Resources.text(theirs);
    }

    /**
     * Ends the conversation without waiting: the session is deleted in the background, also one whose making was answered too
     * late for the caller.
     */
    @Override
    public void close() {
        CompletableFuture<HttpResponse<byte[]>> made = login;
        if (made == null) {
            http.shutdownNow();
            return;
        }
        // Whatever comes of it ends in whenComplete; nobody waits for it.
        CompletableFuture<?> _ = made.thenCompose(this::delete)
                .orTimeout(AFTERMATH.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, e) -> {
                    if (e != null) {
                        // The answer is known already; the service times the session out by itself.
                        LOG.debug("{}: session not deleted: {}", account.where(), said(e));
                    }
                    http.shutdownNow();
                });
    }

    private CompletableFuture<?> delete(HttpResponse<byte[]> made) {
        if (made.statusCode() >= 300) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            credential = new Header("X-Auth-Token", token(made));
            Optional<String> location = made.headers().firstValue("Location");
            String path = location.isPresent()
                    ? Resources.path(location.get())
                    : Resources.path(Resources.parse(made.body(), "the login")
                            .path("@odata.id")
                            .asText());
            return send("DELETE", path, BodyPublishers.noBody());
        } catch (RedfishException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
