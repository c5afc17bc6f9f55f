package io.holdfast.api.http;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer.
 *
 * @param body null for none
 */
public record Reply(int status, @Nullable JsonObject body, Map<String, String> headers) {

    public static Reply ok(JsonObject body) {
        return new Reply(200, body, Map.of());
    }

    public static Reply of(int status, JsonObject body) {
        return new Reply(status, body, Map.of());
    }

    public static Reply empty(int status) {
        return new Reply(status, null, Map.of());
    }

    public Reply with(String header, String value) {
        return new Reply(status, body, Map.of(header, value));
    }
}
