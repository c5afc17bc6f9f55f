package io.holdfast.api.http;

import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer.
 *
 * @param body null for none
 * @param text instead of a body, what is no JSON; null for none
 * @param stream instead of a body, what is sent as it is read; null for none
 */
public record Reply(
        int status,
        @Nullable JsonObject body,
        Map<String, String> headers,
        @Nullable String text,
        @Nullable Stream stream) {

    public static Reply ok(JsonObject body) {
        return of(200, body);
    }

    public static Reply of(int status, JsonObject body) {
        return new Reply(status, body, Map.of(), null, null);
    }

    public static Reply empty(int status) {
        return new Reply(status, null, Map.of(), null, null);
    }

    /** @param type its media type */
    public static Reply text(String type, String text) {
        return new Reply(200, null, Map.of("Content-Type", type), text, null);
    }

    /** Only of an operation that {@link Streaming} names. */
    public static Reply streamed(Stream stream) {
        return new Reply(200, null, Map.of(), null, stream);
    }

    /** With a header more. */
    public Reply with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Reply(status, body, Map.copyOf(more), text, stream);
    }

    /**
     * A long answer.
     *
     * @param type its media type
     * @param bytes exactly so many come
     * @param content closed when it was sent, or could not be
     */
    public record Stream(String type, long bytes, InputStream content) {}
}
