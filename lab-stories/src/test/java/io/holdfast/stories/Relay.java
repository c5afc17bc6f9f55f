package io.holdfast.stories;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Iterator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Runs in the controller's network namespace: takes requests from standard input, one JSON object per line, and writes
 * one answer per line. Ends with its input, and so with the test that started it, however that ends.
 */
final class Relay {

    /** Long enough for the slowest honest answer, short enough that a dead controller is seen as dead at once. */
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    private static final ObjectMapper JSON = new ObjectMapper();

    private Relay() {}

    /**
     * @param arguments the API's URL, and the file with the certificate to trust
     */
    public static void main(String[] arguments) throws Exception {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .sslContext(trusting(Path.of(arguments[1])))
                .build();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(http, arguments[0], JSON.readTree(line)));
        }
        // The client's own threads would keep this process for a while.
        http.shutdownNow();
    }

    private static ObjectNode answer(HttpClient http, String api, JsonNode asked) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(api + asked.path("path").asText()))
                .timeout(ANSWER_LIMIT);
        for (Iterator<String> names = asked.path("headers").fieldNames(); names.hasNext(); ) {
            String name = names.next();
            request.header(name, asked.path("headers").path(name).asText());
        }
        request.method(
                asked.path("method").asText(),
                asked.hasNonNull("body")
                        ? HttpRequest.BodyPublishers.ofString(asked.path("body").asText())
                        : HttpRequest.BodyPublishers.noBody());
        ObjectNode answer = JSON.createObjectNode();
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return answer.put("status", response.statusCode()).put("body", response.body());
        } catch (IOException e) {
            return answer.put("status", 0).put("body", e.toString());
        }
    }

    private static SSLContext trusting(Path pem) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        }
    }
}
