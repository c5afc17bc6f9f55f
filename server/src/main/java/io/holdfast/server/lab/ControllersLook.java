package io.holdfast.server.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.server.Distribution;
import io.holdfast.server.cli.ApiClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Asks each controller of the lab who leads. Their addresses exist in the lab's namespaces alone, so the asking is done by
 * another process in one of them, which prints what it hears.
 */
final class ControllersLook {

    private static final Duration LIMIT = Duration.ofSeconds(2);

    private ControllersLook() {}

    /** What each controller says of its office, by the name of its machine; one that does not answer says so. */
    static Map<String, String> of(Deployment deployment, Distribution distribution)
            throws IOException, InterruptedException {
        List<String> names = deployment.controllers();
        List<String> command = new ArrayList<>(List.of("lab", "ask"));
        command.add(deployment.authority().toString());
        names.forEach(name -> command.add(deployment.apiOf(name).toString()));
        // From a machine that has no controller of its own to be stopped or cut off with.
        Process asking = deployment
                .lab()
                .inMachine("db", distribution.command(command.toArray(String[]::new)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Map<String, String> heard = new LinkedHashMap<>();
        try (BufferedReader lines = asking.inputReader()) {
            for (String name : names) {
                String line = lines.readLine();
                heard.put(name, line == null ? "unknown" : line);
            }
        }
        asking.waitFor();
        return heard;
    }

    /** In the namespace: one line for each URL, in their order. */
    static void ask(Path authority, List<URI> controllers, PrintWriter out) {
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(LIMIT)
                .sslContext(ApiClient.trusting(authority))
                .build()) {
            List<CompletableFuture<String>> answers = controllers.stream()
                    .map(controller -> http.sendAsync(
                                    HttpRequest.newBuilder(controller.resolve("/ha/v1/health"))
                                            .timeout(LIMIT)
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .handle((response, failure) ->
                                    failure == null ? leadership(response.body()) : "does not answer"))
                    .toList();
            answers.forEach(answer -> out.println(answer.join()));
            out.flush();
            http.shutdownNow();
        }
    }

    private static String leadership(String health) {
        try {
            return new ObjectMapper()
                    .readTree(health)
                    .at("/parts/leadership")
                    .asText("unknown")
                    .lines()
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException notJson) {
            return "answers with something that is not JSON: " + notJson.getMessage();
        }
    }
}
