package io.holdfast.api.http;

import io.vertx.core.json.JsonObject;

/** How an error looks in one API's answers. */
@FunctionalInterface
public interface FaultShape {

    /**
     * @param status of the answer, 400 to 599
     * @param requestId as it stands in the answer's header
     */
    JsonObject body(int status, String message, String requestId);
}
