package io.holdfast.api.keystone;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The documents by which clients find version 3. */
final class KeystoneVersions {

    private final Services services;

    KeystoneVersions(Services services) {
        this.services = services;
    }

    Map<String, Operation> operations() {
        return Map.of(
                "listVersions",
                call -> Reply.of(
                        300,
                        new JsonObject()
                                .put("versions", new JsonObject().put("values", new JsonArray().add(version(call))))),
                "showVersion",
                call -> Reply.ok(new JsonObject().put("version", version(call))));
    }

    private JsonObject version(Call call) {
        return new JsonObject()
                .put("id", "v3.14")
                .put("status", "stable")
                .put("updated", "2020-04-07T00:00:00Z")
                .put(
                        "links",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("rel", "self")
                                        .put("href", services.base(call) + Keystone.V3 + "/")))
                .put(
                        "media-types",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("base", "application/json")
                                        .put("type", "application/vnd.openstack.identity-v3+json")));
    }
}
