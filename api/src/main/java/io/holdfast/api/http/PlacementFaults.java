package io.holdfast.api.http;

import io.holdfast.placement.PlacementException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The one table from what Placement refuses to its codes for it, and its shape of an error. */
public final class PlacementFaults implements FaultShape {

    public static final String BAD_VALUE = "placement.query.bad_value";
    public static final String DUPLICATE_KEY = "placement.query.duplicate_key";
    public static final String MISSING_VALUE = "placement.query.missing_value";

    private static final String UNDEFINED = "placement.undefined_code";

    /** From which on errors have a code. */
    private static final int CODES = 23;

    private final Microversions versions;

    /** @param versions told to a caller who asks for one that there is not */
    public PlacementFaults(Microversions versions) {
        this.versions = versions;
    }

    static ApiFault of(PlacementException problem) {
        String message = String.valueOf(problem.getMessage());
        return switch (problem.problem()) {
            case NOT_FOUND -> new ApiFault(404, message);
            case INVALID -> new ApiFault(400, message);
            case CONFLICT -> new ApiFault(409, message);
            case CONCURRENT_UPDATE -> new ApiFault(409, "placement.concurrent_update", message);
            case INVENTORY_IN_USE -> new ApiFault(409, "placement.inventory.inuse", message);
            case DUPLICATE_NAME -> new ApiFault(409, "placement.duplicate_name", message);
            case PROVIDER_IN_USE -> new ApiFault(409, "placement.resource_provider.inuse", message);
            case PROVIDER_HAS_PARTS -> new ApiFault(409, "placement.resource_provider.cannot_delete_parent", message);
            case LIMIT -> new ApiFault(403, message);
        };
    }

    @Override
    public JsonObject body(int status, String message, String requestId) {
        return body(status, null, message, requestId, null);
    }

    @Override
    public JsonObject body(
            int status, @Nullable String type, String message, String requestId, @Nullable Microversion version) {
        if (status == 401) {
            return Faults.keystone(status, message, requestId);
        }
        JsonObject error = new JsonObject()
                .put("status", status)
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("detail", message)
                .put("request_id", requestId);
        if (version != null && version.atLeast(CODES)) {
            error.put("code", type == null ? UNDEFINED : type);
        }
        if (status == 406) {
            error.put("max_version", versions.max().toString())
                    .put("min_version", versions.min().toString());
        }
        return new JsonObject().put("errors", new JsonArray().add(error));
    }
}
