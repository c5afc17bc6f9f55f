package io.holdfast.api.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request that has passed token, policy and contract.
 *
 * @param baseUrl scheme, host and port as the caller spelled them, for links
 * @param address where it came from; of a request that another controller handed on, that controller's
 * @param asked the names of all that the query has, also of what the contract does not know
 */
public record Call(
        Caller caller, Microversion version, String baseUrl, String address, ValidatedRequest request, Set<String> asked) {

    private static final Set<String> YES = Set.of("1", "t", "true", "on", "y", "yes");

    /** A parameter of the path; the contract says that it is there. */
    public String path(String name) {
        String value = text(request.getPathParameters(), name);
        if (value == null) {
            throw new IllegalStateException("the contract has no path parameter " + name);
        }
        return value;
    }

    /** A header that the contract names. */
    public @Nullable String header(String name) {
        return request.getHeaders().entrySet().stream()
                .filter(one -> one.getKey().equalsIgnoreCase(name))
                .findFirst()
                .map(one -> text(Map.of(name, one.getValue()), name))
                .orElse(null);
    }

    public @Nullable String query(String name) {
        return text(request.getQuery(), name);
    }

    /** All values of a parameter that may be given more than once, in the order of the request. */
    public List<String> queries(String name) {
        RequestParameter parameter = request.getQuery().get(name);
        if (parameter == null || parameter.get() == null) {
            return List.of();
        }
        return parameter.get() instanceof JsonArray values
                ? values.stream().map(String::valueOf).toList()
                : List.of(String.valueOf(parameter.get()));
    }

    /** The parameters of the query that were given and that the contract knows. */
    public Set<String> queryNames() {
        return request.getQuery().entrySet().stream()
                .filter(one -> one.getValue() != null && one.getValue().get() != null)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    public boolean flag(String name) {
        String value = query(name);
        return value != null && YES.contains(value.toLowerCase(Locale.ROOT));
    }

    public long number(String name, long otherwise) {
        RequestParameter parameter = request.getQuery().get(name);
        return parameter != null && parameter.get() instanceof Number number ? number.longValue() : otherwise;
    }

    /** The body; an empty object when the contract lets it be left out. */
    public JsonObject body() {
        RequestParameter body = request.getBody();
        JsonObject object = body == null || body.isEmpty() ? null : body.getJsonObject();
        return object == null ? new JsonObject() : object;
    }

    private static @Nullable String text(Map<String, RequestParameter> parameters, String name) {
        RequestParameter parameter = parameters.get(name);
        return parameter == null || parameter.get() == null ? null : String.valueOf(parameter.get());
    }
}
