package io.holdfast.api;

import io.holdfast.api.http.ApiService;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Contracts, as they are served and as they are routed. */
public final class Contract {

    static final String COMPUTE = "/openapi/holdfast.yaml";

    private static final String IN_PROJECT = "InProject";

    private Contract() {}

    /** @param resource on the class path */
    public static String text(String resource) {
        try (InputStream in = Objects.requireNonNull(Contract.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }

    /** As it is routed: with the second spelling of its paths, where the service has one. */
    static JsonObject of(ApiService service) {
        String version = service.versionWithProjects();
        JsonObject contract = parsed(service.contract());
        return version == null ? contract : withProjectPaths(contract, version + "/");
    }

    static JsonObject parsed(String text) {
        Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
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
