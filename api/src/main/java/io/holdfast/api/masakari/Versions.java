package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** The documents by which clients find out what there is. */
final class Versions {

    private static final List<JsonObject> EXTENSIONS = List.of(
            extension("extensions", "Extensions"),
            extension("notifications", "Notifications"),
            extension("os-hosts", "Hosts"),
            extension("segments", "Segments"),
            extension("versions", "Versions"),
            extension("vmoves", "vmoves"));

    Map<String, Operation> operations() {
        return Map.of(
                "listInstanceHaVersions", Versions::list,
                "showInstanceHaVersion", Versions::show,
                "listExtensions", call -> Reply.ok(new JsonObject().put("extensions", new JsonArray(EXTENSIONS))),
                "showExtension", Versions::extension);
    }

    private static Reply list(Call call) {
        return Reply.ok(new JsonObject().put("versions", new JsonArray().add(version(call))));
    }

    private static Reply show(Call call) {
        return Reply.ok(
                new JsonObject()
                        .put(
                                "version",
                                version(call)
                                        .put(
                                                "media-types",
                                                new JsonArray()
                                                        .add(
                                                                new JsonObject()
                                                                        .put("base", "application/json")
                                                                        .put(
                                                                                "type",
                                                                                "application/vnd.openstack.masakari+json;version=1")))));
    }

    private static JsonObject version(Call call) {
        return new JsonObject()
                .put("id", "v1.0")
                .put("status", "CURRENT")
                .put("version", InstanceHa.VERSIONS.max().toString())
                .put("min_version", InstanceHa.VERSIONS.min().toString())
                .put("updated", "2016-07-01T11:33:21Z")
                .put(
                        "links",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("rel", "self")
                                        .put("href", call.baseUrl() + InstanceHa.ROOT + "/")));
    }

    private static Reply extension(Call call) {
        return EXTENSIONS.stream()
                .filter(one -> one.getString("alias").equals(call.path("extension_id")))
                .findFirst()
                .map(one -> Reply.ok(new JsonObject().put("extension", one)))
                .orElseThrow(() -> ApiFault.notFound("No extension with alias " + call.path("extension_id") + "."));
    }

    private static JsonObject extension(String alias, String name) {
        return new JsonObject()
                .put("alias", alias)
                .put("name", name)
                .put("description", name + " of the instance-ha API.")
                .put("namespace", "")
                .put("updated", "")
                .put("links", new JsonArray());
    }
}
