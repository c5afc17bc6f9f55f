package io.holdfast.api.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The token of a request. A browser cannot set headers when it opens a WebSocket; the one thing that it can is to name
 * subprotocols. So there, and only there, the token may come as one: {@code holdfast.token.} and the token in Base64 for
 * URLs without padding, beside {@link #PROTOCOL}, which is the one that is answered. Never in the address, which ends up
 * in logs.
 */
public final class SocketToken {

    /** What we speak over a WebSocket. */
    public static final String PROTOCOL = "holdfast.events.v1";

    private static final String PREFIX = "holdfast.token.";

    private SocketToken() {}

    /** Null when there is none. */
    public static @Nullable String of(HttpServerRequest request) {
        String header = Tokens.shown(request.headers());
        if (header != null || !isSocket(request)) {
            return header;
        }
        String offered = request.getHeader("Sec-WebSocket-Protocol");
        for (String one : offered == null ? new String[0] : offered.split(",", 16)) {
            if (one.strip().startsWith(PREFIX)) {
                try {
                    byte[] token = Base64.getUrlDecoder().decode(one.strip().substring(PREFIX.length()));
                    return new String(token, StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    // Not Base64: a token that nobody has, refused and counted like any other wrong one.
                    return one;
                }
            }
        }
        return null;
    }

    /** Whether it asks to become a WebSocket. */
    public static boolean isSocket(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE, "websocket", true);
    }
}
