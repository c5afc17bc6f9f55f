package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The documents by which clients find out which versions there are. */
final class Versions {

    Map<String, Operation> operations() {
        return Map.of(
                "listVersions", Versions::list, "showVersion", Versions::show, "showVersionById", Versions::showById);
    }

    private static Reply list(Call call) {
        return Reply.ok(new JsonObject().put("versions", new JsonArray().add(version(call))));
    }

    private static Reply show(Call call) {
        JsonObject version = version(call);
        version.getJsonArray("links")
                .add(Links.link("describedby", "http://docs.openstack.org/").put("type", "text/html"));
        version.put(
                "media-types",
                new JsonArray()
                        .add(new JsonObject()
                                .put("base", "application/json")
                                .put("type", "application/vnd.openstack.compute+json;version=2.1")));
        return Reply.ok(new JsonObject().put("version", version));
    }

    private static Reply showById(Call call) {
        String id = call.path("version_id");
        if (!id.equals("v2.1")) {
            throw ApiFault.notFound("Version " + id + " could not be found.");
        }
        return show(call);
    }

    private static JsonObject version(Call call) {
        return new JsonObject()
                .put("id", "v2.1")
                .put("status", "CURRENT")
                .put("version", Compute.VERSIONS.max().toString())
                .put("min_version", Compute.VERSIONS.min().toString())
                .put("updated", "2013-07-23T11:33:21Z")
                .put("links", new JsonArray().add(Links.link("self", call.baseUrl() + "/v2.1/")));
    }
}
