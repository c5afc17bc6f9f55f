package io.holdfast.api.glance;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.http.Resources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** What the service says of itself: its versions, and the form of its documents. */
final class ImageDocuments {

    /** The newest of which everything is here that clients ask for; 2.6 and 2.8 are about imports and several stores. */
    private static final int NEWEST_MINOR = 7;

    private final JsonObject image = new JsonObject(Resources.text("/glance/image.json"));
    private final JsonObject images = new JsonObject()
            .put("name", "images")
            .put(
                    "properties",
                    new JsonObject()
                            .put("images", new JsonObject().put("type", "array").put("items", image))
                            .put("first", new JsonObject().put("type", "string"))
                            .put("next", new JsonObject().put("type", "string"))
                            .put("schema", new JsonObject().put("type", "string")))
            .put(
                    "links",
                    new JsonArray()
                            .add(new JsonObject().put("rel", "first").put("href", "{first}"))
                            .add(new JsonObject().put("rel", "next").put("href", "{next}"))
                            .add(new JsonObject().put("rel", "describedby").put("href", "{schema}")));

    Map<String, Operation> operations() {
        return Map.of(
                "showRoot", call -> Reply.of(300, versions(call)),
                "listVersions", call -> Reply.ok(versions(call)),
                "showImageSchema", call -> Reply.ok(image),
                "showImagesSchema", call -> Reply.ok(images));
    }

    private static JsonObject versions(Call call) {
        JsonArray all = new JsonArray();
        for (int minor = NEWEST_MINOR; minor >= 0; minor--) {
            all.add(new JsonObject()
                    .put("id", "v2." + minor)
                    .put("status", minor == NEWEST_MINOR ? "CURRENT" : "SUPPORTED")
                    .put(
                            "links",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("rel", "self")
                                            .put("href", call.baseUrl() + Glance.PREFIX + "/v2/"))));
        }
        return new JsonObject().put("versions", all);
    }
}
