package io.holdfast.api.placement;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The document by which clients find out what there is. */
final class Versions {

    private Versions() {}

    static Reply list(Call call) {
        JsonObject version = new JsonObject()
                .put("id", "v1.0")
                .put("status", "CURRENT")
                .put("min_version", PlacementApi.VERSIONS.min().toString())
                .put("max_version", PlacementApi.VERSIONS.max().toString())
                .put(
                        "links",
                        new JsonArray().add(new JsonObject().put("rel", "self").put("href", "")));
        return Reply.ok(new JsonObject().put("versions", new JsonArray().add(version)));
    }
}
