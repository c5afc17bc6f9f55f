package io.holdfast.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The contract, as it is served and as it is routed. */
final class Contract {

    /** Answered without a token; the contract says {@code security: []} for each. */
    static final Set<String> OPEN_PATHS = Set.of("/", "/v2.1", "/v2.1/", "/ha/v1/health");

    private static final String RESOURCE = "/openapi/holdfast.yaml";
    private static final String NOVA = "/v2.1/";
    private static final String IN_PROJECT = "InProject";

    private Contract() {}

    static String text() {
        try (InputStream in = Objects.requireNonNull(Contract.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + RESOURCE, e);
        }
    }

    /** The contract with every path of Nova's a second time, as {@code /v2.1/{project_id}/...}: Nova's older spelling. */
    static JsonObject withProjectPaths(String text) {
        Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
        if (!(loaded instanceof Map<?, ?> map)) {
            throw new IllegalStateException(RESOURCE + " is not a YAML map");
        }
        JsonObject contract = new JsonObject();
        map.forEach((key, value) -> contract.put(String.valueOf(key), value));
        JsonObject copy = new JsonObject(contract.encode());
        JsonObject paths = copy.getJsonObject("paths");
        for (String path : Set.copyOf(paths.fieldNames())) {
            if (path.startsWith(NOVA) && path.length() > NOVA.length()) {
                JsonObject item = paths.getJsonObject(path).copy();
                JsonArray parameters = item.getJsonArray("parameters", new JsonArray());
                item.put("parameters", parameters.add(project()));
                for (String method : item.fieldNames()) {
                    if (!method.equals("parameters")) {
                        JsonObject operation = item.getJsonObject(method);
                        operation.put("operationId", operation.getString("operationId") + IN_PROJECT);
                    }
                }
                paths.put(NOVA + "{project_id}" + path.substring(NOVA.length() - 1), item);
            }
        }
        return copy;
    }

    static String plainOperation(String id) {
        return id.endsWith(IN_PROJECT) ? id.substring(0, id.length() - IN_PROJECT.length()) : id;
    }

    private static JsonObject project() {
        return new JsonObject()
                .put("name", "project_id")
                .put("in", "path")
                .put("required", true)
                .put("schema", new JsonObject().put("$ref", "#/components/schemas/Word"));
    }
}
