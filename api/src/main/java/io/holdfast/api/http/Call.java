package io.holdfast.api.http;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.io.InputStream;
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
 * @param asked every parameter of the query as it came, also those that the contract does not know
 * @param shown the token itself, to be shown to another service that knows it; null where it came without one
 * @param content the body of an operation that reads it by itself, and how long it was said to be; null for all others
 */
public record Call(
        Caller caller,
        Microversion version,
        String baseUrl,
        String address,
        ValidatedRequest request,
        MultiMap asked,
        @Nullable Shown shown,
        @Nullable Content content) {

    /** Its text does not get into logs by accident. */
    public record Shown(String token) {
        @Override
        public String toString() {
            return "a token";
        }
    }

    /**
     * @param bytes as announced, or -1 when nothing was
     * @param stream fails with an {@link java.io.IOException} when the sender breaks off or sends nothing for too long
     */
    public record Content(long bytes, InputStream stream) {}

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

    /** Whether the body is a list, where the contract takes an object, too. */
    public boolean isList() {
        RequestParameter body = request.getBody();
        return body != null && body.isJsonArray();
    }

    /** The body, where the contract has it a list; an empty one when it was left out. */
    public JsonArray list() {
        RequestParameter body = request.getBody();
        JsonArray list = body == null || body.isEmpty() ? null : body.getJsonArray();
        return list == null ? new JsonArray() : list;
    }

    /** The body that comes as a stream. Only of an operation that {@link Streaming} names. */
    public Content stream() {
        if (content == null) {
            throw new IllegalStateException("this operation does not read its body by itself");
        }
        return content;
    }

    private static @Nullable String text(Map<String, RequestParameter> parameters, String name) {
        RequestParameter parameter = parameters.get(name);
        return parameter == null || parameter.get() == null ? null : String.valueOf(parameter.get());
    }
}
