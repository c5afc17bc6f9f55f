package io.holdfast.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * One controller, as a client sees it: requests go out, JSON comes back, and every failure becomes a {@link
 * CommandFailure} with the right exit code.
 */
public final class ApiClient implements AutoCloseable {

    /** How a request says which form of the Compute API it speaks. */
    enum Form {
        /** The newest that the controller has. */
        LATEST("compute latest"),
        /** The last one in which hypervisors tell what they have and what is used. */
        WITH_INVENTORY("compute 2.87"),
        /** The last one in which owners can list images. */
        WITH_IMAGES("compute 2.35");

        private final String header;

        Form(String header) {
            this.header = header;
        }
    }

    static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    static {
        // A controller is trusted to answer, not to exhaust the client's memory with one number or name.
        JSON.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(100)
                        .maxStringLength(4 * 1024 * 1024)
                        .build());
    }

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    private final URI base;
    private final @Nullable String token;
    private final Duration timeout;
    private final HttpClient http;

    private ApiClient(URI base, @Nullable String token, Duration timeout, HttpClient http) {
        this.base = base;
        this.token = token;
        this.timeout = timeout;
        this.http = http;
    }

    /** A client of a controller whose place and token are known. */
    public static ApiClient to(URI base, String token, @Nullable Path trusted) {
        HttpClient.Builder http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER);
        if (trusted != null) {
            http.sslContext(trusting(trusted));
        }
        return new ApiClient(base, token, Duration.ofSeconds(30), http.build());
    }

    /** Finds out where the controller is and who we are: options first, then the environment, then the user's file. */
    static ApiClient connect(ClientOptions options, Terminal terminal) {
        if (options.timeoutSeconds < 1 || options.timeoutSeconds > 3600) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--timeout must be between 1 and 3600 seconds, is " + options.timeoutSeconds, "");
        }
        ClientSettings file = settings(terminal);
        String urlText = environment(terminal, "HOLDFAST_URL");
        URI url = options.url != null ? options.url : urlText != null ? uri(urlText) : file.url();
        checked(url);
        String caText = environment(terminal, "HOLDFAST_CA");
        Path ca = options.ca != null ? options.ca : caText != null ? Path.of(caText) : file.ca();
        HttpClient.Builder http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(options.timeout().compareTo(CONNECT_LIMIT) < 0 ? options.timeout() : CONNECT_LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER);
        if (ca != null && "https".equals(url.getScheme())) {
            http.sslContext(trusting(ca));
        }
        return new ApiClient(url, token(options, terminal, file), options.timeout(), http.build());
    }

    private static ClientSettings settings(Terminal terminal) {
        String configured = environment(terminal, "XDG_CONFIG_HOME");
        Path directory =
                configured != null ? Path.of(configured) : terminal.home().resolve(".config");
        Path file = directory.resolve("holdfast").resolve("client.yaml");
        return Files.exists(file) ? SettingsLoader.load(file, ClientSettings.defaults()) : ClientSettings.defaults();
    }

    private static @Nullable String environment(Terminal terminal, String name) {
        String value = terminal.environment().get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, "HOLDFAST_URL is not a URL: " + text, "", e);
        }
    }

    private static void checked(URI url) {
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the controller's URL must be http://HOST:PORT or https://HOST:PORT, is " + url,
                    "");
        }
    }

    private static @Nullable String token(ClientOptions options, Terminal terminal, ClientSettings file) {
        if (options.tokenFile != null) {
            return tokenFrom(options.tokenFile, terminal);
        }
        String token = environment(terminal, "HOLDFAST_TOKEN");
        if (token != null) {
            return checkedToken(token, "HOLDFAST_TOKEN");
        }
        String named = environment(terminal, "HOLDFAST_TOKEN_FILE");
        if (named != null) {
            return tokenFrom(SecretFile.of(Path.of(named)), terminal);
        }
        return file.tokenFile() == null ? null : tokenFrom(file.tokenFile(), terminal);
    }

    private static String tokenFrom(SecretFile file, Terminal terminal) {
        SecretReader secrets = SecretReader.ofCommand(terminal.environment());
        try {
            return checkedToken(secrets.firstLine("the token file", file).strip(), file.toString());
        } catch (SecretException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), "", e);
        }
    }

    private static String checkedToken(String token, String where) {
        // A header with a line break in it would be a request of the file's author, not of ours.
        if (!token.matches("[!-~]{1,4096}")) {
            throw new CommandFailure(
                    ExitCode.USAGE, where + " does not hold a token (one line of printable characters)", "");
        }
        return token;
    }

    /** A context that trusts the certificates in this file and no others. */
    public static SSLContext trusting(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            int count = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + count++, each);
            }
            if (count == 0) {
                throw new CommandFailure(ExitCode.USAGE, pem + " holds no certificate", "");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure(ExitCode.USAGE, "cannot use the certificates in " + pem + ": " + e, "", e);
        }
    }

    // --- requests ---

    public JsonNode get(String path) {
        return send("GET", path, null, Form.LATEST);
    }

    JsonNode get(String path, Form form) {
        return send("GET", path, null, form);
    }

    public JsonNode post(String path, JsonNode body) {
        return send("POST", path, body, Form.LATEST);
    }

    public JsonNode put(String path, @Nullable JsonNode body) {
        return send("PUT", path, body, Form.LATEST);
    }

    public JsonNode delete(String path) {
        return send("DELETE", path, null, Form.LATEST);
    }

    /** Sends a request and returns the answer's document: a missing node if the answer has no body. */
    JsonNode send(String method, String path, @Nullable JsonNode body, Form form) {
        HttpRequest.Builder request = request(path, form).timeout(timeout);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, BodyPublishers.ofString(body.toString()));
        }
        HttpResponse<String> response =
                answer(http.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
        if (response.statusCode() >= 400 || response.statusCode() < 200) {
            throw refusal(response.statusCode(), response.body());
        }
        if (response.statusCode() >= 300) {
            throw notOurs("it redirects (status " + response.statusCode() + ")", null);
        }
        return response.body().isBlank() ? MissingNode.getInstance() : parsed(response.body());
    }

    /** Opens a stream of events; the caller reads and closes it. Only the opening has a limit, not the stream. */
    InputStream stream(String path) {
        HttpRequest request = request(path, Form.LATEST)
                .setHeader("Accept", "text/event-stream")
                .build();
        HttpResponse<InputStream> response = answer(http.sendAsync(request, BodyHandlers.ofInputStream()));
        if (response.statusCode() != 200) {
            try (InputStream body = response.body()) {
                throw refusal(response.statusCode(), new String(body.readNBytes(65_536), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw refusal(response.statusCode(), "");
            }
        }
        return response.body();
    }

    private HttpRequest.Builder request(String path, Form form) {
        String root = base.toString();
        URI target = URI.create((root.endsWith("/") ? root.substring(0, root.length() - 1) : root) + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .header("Accept", "application/json")
                .header("OpenStack-API-Version", form.header);
        if (token != null) {
            request.header("X-Auth-Token", token);
        }
        return request;
    }

    /**
     * Waits for the whole answer. The client's own time limit ends with the first byte of the body, so a server that
     * sends one byte per second would hold us for ever; this one does not.
     */
    private <T> HttpResponse<T> answer(CompletableFuture<HttpResponse<T>> pending) {
        try {
            return pending.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw late(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.FAILED, "interrupted", "", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof HttpTimeoutException) {
                throw late(cause);
            }
            if (cause instanceof SSLException) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "no trusted connection to " + base + ": " + cause.getMessage(),
                        "name the authority that signed its certificate with --ca (holdfast pki writes it to ca.pem)",
                        cause);
            }
            String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "cannot reach the controller at " + base + " (" + why + ")",
                    "is it running, and is this its address? set --url or HOLDFAST_URL",
                    cause);
        }
    }

    private CommandFailure late(Throwable cause) {
        return new CommandFailure(
                ExitCode.UNREACHABLE,
                "the controller at " + base + " did not answer within " + timeout.toSeconds() + " s",
                "whether it acted is not known: look before you repeat; --timeout waits longer",
                cause);
    }

    private JsonNode parsed(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw notOurs("its answer is not JSON", e);
        }
    }

    private CommandFailure notOurs(String why, @Nullable Throwable cause) {
        return new CommandFailure(
                ExitCode.FAILED,
                "what answers at " + base + " is no Holdfast controller: " + why,
                "check the URL (host and port)",
                cause);
    }

    /** From the answer's status, and the fault's own words where it has some, in Nova's shape or another. */
    private CommandFailure refusal(int status, String body) {
        String message = "";
        String kind = "";
        try {
            JsonNode fault = JSON.readTree(body);
            for (var entry : fault.properties()) {
                if (entry.getValue().isObject() && entry.getValue().has("message")) {
                    kind = entry.getKey();
                    message = Json.text(entry.getValue(), "message");
                    break;
                }
            }
            if (message.isEmpty()) {
                message = Json.text(fault, "message", "detail", "title", "error");
            }
        } catch (JsonProcessingException e) {
            // No fault document: a proxy's page, or nothing at all. The status alone has to do.
            message = "";
        }
        if (message.isEmpty()) {
            message = "the controller answered with status " + status;
        }
        boolean safety = kind.toLowerCase(java.util.Locale.ROOT).contains("safety") || status == 423 || status == 428;
        if (safety) {
            return new CommandFailure(
                    ExitCode.REFUSED_FOR_SAFETY, message, "see 'holdfast case list --open' for what it waits for");
        }
        return switch (status) {
            case 401 ->
                new CommandFailure(
                        ExitCode.NOT_PERMITTED,
                        message,
                        token == null
                                ? "no token was given: set --token-file or HOLDFAST_TOKEN_FILE"
                                : "the token is not known there: has it been replaced? (holdfast token create)");
            case 403 -> new CommandFailure(ExitCode.NOT_PERMITTED, message, "this needs a token with another role");
            case 404 -> new CommandFailure(ExitCode.NOT_FOUND, message, "");
            case 409 -> new CommandFailure(ExitCode.CONFLICT, message, "");
            case 502, 503, 504 ->
                new CommandFailure(
                        ExitCode.UNREACHABLE, message, "the controller is starting, stopping or cut off; try again");
            default ->
                new CommandFailure(
                        ExitCode.FAILED,
                        message,
                        status >= 500 ? "the controller's log tells more (status " + status + ")" : "");
        };
    }

    /** A value as a part of a path or query. */
    static String escaped(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        // Not close(): that waits for requests in flight, and a stream is in flight for ever.
        http.shutdownNow();
    }
}
