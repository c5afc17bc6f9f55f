package io.holdfast.api;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Streaming;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Contracts, as they are served and as they are routed. */
public final class Contract {

    static final String COMPUTE = "/openapi/holdfast.yaml";

    private static final String JSON = "application/json";
    private static final String IN_PROJECT = "InProject";

    private Contract() {}

    /**
     * As it is routed: with the second spelling of its paths, where the service has one; with every JSON body named
     * {@code application/json}, which is the name that the check of it knows; and without the bodies that operations read by themselves.
     */
    static JsonObject of(ApiService service) {
        String version = service.versionWithProjects();
        JsonObject contract = parsed(service.contract());
        Streaming streaming = service.streaming();
        operations(contract).forEach(operation -> {
            if (streaming != null && streaming.operations().contains(operation.getString("operationId"))) {
                operation.remove("requestBody");
            }
        });
        bodies(contract).forEach(body -> {
            JsonObject content = body.getJsonObject("content");
            for (String type : Set.copyOf(content.fieldNames())) {
                content.put(JSON, content.remove(type));
            }
        });
        return version == null ? contract : withProjectPaths(contract, version + "/");
    }

    /** The types of body that each operation takes; none for one without a body. */
    static Map<String, Set<String>> bodyTypes(ApiService service) {
        JsonObject contract = parsed(service.contract());
        Map<String, Set<String>> types = new HashMap<>();
        operations(contract).forEach(operation -> {
            JsonObject body = operation.getJsonObject("requestBody");
            if (body != null) {
                String reference = body.getString("$ref");
                JsonObject whole = reference == null
                        ? body
                        : shared(contract).getJsonObject(reference.substring(reference.lastIndexOf('/') + 1));
                types.put(
                        operation.getString("operationId"),
                        Set.copyOf(whole.getJsonObject("content").fieldNames()));
            }
        });
        return types;
    }

    private static Stream<JsonObject> operations(JsonObject contract) {
        JsonObject paths = contract.getJsonObject("paths");
        return paths.fieldNames().stream()
                .map(paths::getJsonObject)
                .flatMap(item -> item.fieldNames().stream()
                        .filter(method -> !method.equals("parameters"))
                        .map(item::getJsonObject));
    }

    private static JsonObject shared(JsonObject contract) {
        return contract.getJsonObject("components", new JsonObject()).getJsonObject("requestBodies", new JsonObject());
    }

    private static Stream<JsonObject> bodies(JsonObject contract) {
        JsonObject shared = shared(contract);
        return Stream.concat(
                shared.fieldNames().stream().map(shared::getJsonObject),
                operations(contract)
                        .map(operation -> operation.getJsonObject("requestBody"))
                        .filter(body -> body != null && body.containsKey("content")));
    }

    static JsonObject parsed(String text) {
        LoaderOptions options = new LoaderOptions();
        // The second of two would silently take the place of the first.
        options.setAllowDuplicateKeys(false);
        Object loaded = new Yaml(new SafeConstructor(options)).load(text);
        if (!(loaded instanceof Map<?, ?> map)) {
            throw new IllegalStateException("a contract is not a YAML map");
        }
        JsonObject contract = new JsonObject();
        map.forEach((key, value) -> contract.put(String.valueOf(key), value));
        return new JsonObject(contract.encode());
    }

    /** The contract with every path below the version a second time, as {@code /v2.1/{project_id}/...}: the older spelling. */
    private static JsonObject withProjectPaths(JsonObject copy, String version) {
        JsonObject paths = copy.getJsonObject("paths");
        for (String path : Set.copyOf(paths.fieldNames())) {
            if (path.startsWith(version) && path.length() > version.length()) {
                JsonObject item = paths.getJsonObject(path).copy();
                JsonArray parameters = item.getJsonArray("parameters", new JsonArray());
                item.put("parameters", parameters.add(project()));
                for (String method : item.fieldNames()) {
                    if (!method.equals("parameters")) {
                        JsonObject operation = item.getJsonObject(method);
                        operation.put("operationId", operation.getString("operationId") + IN_PROJECT);
                    }
                }
                paths.put(version + "{project_id}" + path.substring(version.length() - 1), item);
            }
        }
        return copy;
    }

    /** @throws IllegalStateException unless the policy has a rule for each operation of the contract, and no other */
    static void requireRules(ApiService service, OpenAPIContract contract) {
        Set<String> operations = contract.operations().stream()
                .map(operation -> plainOperation(operation.getOperationId()))
                .collect(Collectors.toSet());
        if (!operations.equals(service.policy().rules().keySet())) {
            Set<String> odd = new TreeSet<>(operations);
            odd.removeAll(service.policy().rules().keySet());
            service.policy().rules().keySet().stream()
                    .filter(one -> !operations.contains(one))
                    .forEach(odd::add);
            throw new IllegalStateException(
                    "the contract and the policy of " + service.type() + " do not name the same operations: " + odd);
        }
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
