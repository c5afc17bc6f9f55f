package io.holdfast.api.http;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How an error looks in one API's answers. */
@FunctionalInterface
public interface FaultShape {

    /**
     * @param status of the answer, 400 to 599
     * @param requestId as it stands in the answer's header
     */
    JsonObject body(int status, String message, String requestId);

    /**
     * The same, where the operation gave the problem a name for programs.
     *
     * @param type null when it gave none
     */
    default JsonObject body(int status, @Nullable String type, String message, String requestId) {
        return body(status, message, requestId);
    }

    /**
     * The same, where the shape depends on the microversion.
     *
     * @param version that the request was read in; null when it came to none, as for one outside the range
     */
    default JsonObject body(
            int status, @Nullable String type, String message, String requestId, @Nullable Microversion version) {
        return body(status, type, message, requestId);
    }
}
