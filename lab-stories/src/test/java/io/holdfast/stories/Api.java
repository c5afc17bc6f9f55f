package io.holdfast.stories;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.server.lab.Deployment;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The controller's API, spoken to through a {@link Relay}. One request at a time; any thread. */
final class Api implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param status of HTTP, or 0 when there was no answer; the text then says why
     */
    record Answer(int status, String text) {

        boolean ok() {
            return status >= 200 && status < 300;
        }

        JsonNode json() {
            try {
                return text.isBlank() ? MissingNode.getInstance() : JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new AssertionError("the answer with status " + status + " is not JSON: " + text, e);
            }
        }
    }

    private final String token;
    private final Process relay;
    private final BufferedWriter to;
    private final BufferedReader from;

    private Api(String token, Process relay) {
        this.token = token;
        this.relay = relay;
        this.to = new BufferedWriter(new OutputStreamWriter(relay.getOutputStream(), StandardCharsets.UTF_8));
        this.from = new BufferedReader(new InputStreamReader(relay.getInputStream(), StandardCharsets.UTF_8));
    }

    /** @param controller the machine whose controller is spoken to, from that machine itself */
    static Api of(Deployment deployment, String controller) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Relay.class.getName(),
                deployment.apiOf(controller).toString(),
                deployment.authority().toString());
        Process relay = deployment
                .lab()
                .inMachine(controller, command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Api(Files.readString(deployment.adminTokenFile()).strip(), relay);
    }

    JsonNode get(String path) {
        return expectOk("GET", path, send("GET", path, null));
    }

    JsonNode post(String path, Map<String, ?> body) {
        return expectOk("POST", path, send("POST", path, body));
    }

    JsonNode put(String path, Map<String, ?> body) {
        return expectOk("PUT", path, send("PUT", path, body));
    }

    Answer send(String method, String path, @Nullable Map<String, ?> body) {
        return send(method, path, body, "latest");
    }

    Answer send(String method, String path, @Nullable Map<String, ?> body, String microversion) {
        ObjectNode asked = JSON.createObjectNode();
        asked.put("method", method).put("path", path);
        asked.putObject("headers")
                .put("X-Auth-Token", token)
                .put("Accept", "application/json")
                .put("Content-Type", "application/json")
                .put("OpenStack-API-Version", "compute " + microversion);
        if (body != null) {
            asked.put("body", JSON.valueToTree(body).toString());
        }
        return exchange(asked);
    }

    private synchronized Answer exchange(ObjectNode asked) {
        try {
            to.write(asked.toString());
            to.newLine();
            to.flush();
            String line = from.readLine();
            if (line == null) {
                throw new AssertionError("the relay in the controller's network has ended");
            }
            JsonNode answer = JSON.readTree(line);
            return new Answer(answer.path("status").asInt(), answer.path("body").asText());
        } catch (IOException e) {
            throw new UncheckedIOException("the relay in the controller's network does not answer", e);
        }
    }

    private static JsonNode expectOk(String method, String path, Answer answer) {
        if (!answer.ok()) {
            throw new AssertionError(
                    method + " " + path + " was answered with " + answer.status() + ": " + answer.text());
        }
        return answer.json();
    }

    @Override
    public void close() {
        relay.destroy();
    }
}
