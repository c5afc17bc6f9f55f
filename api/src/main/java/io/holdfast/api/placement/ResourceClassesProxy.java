package io.holdfast.api.placement;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.placement.Words;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The names of resource classes. */
final class ResourceClassesProxy {

    private static final int SINCE = 2;

    /** From which on PUT makes one; before that it gives one another name. */
    private static final int MADE_BY_PUT = 7;

    private static final Pattern CUSTOM = Pattern.compile("CUSTOM_[A-Z0-9_]{1,248}");

    private final Words words;
    private final Fresh fresh;

    ResourceClassesProxy(Words words, Fresh fresh) {
        this.words = words;
        this.fresh = fresh;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listResourceClasses", this::list);
        table.put("createResourceClass", this::create);
        table.put("showResourceClass", this::show);
        table.put("putResourceClass", this::put);
        table.put("deleteResourceClass", this::delete);
        return table;
    }

    private static void since(Call call) {
        call.version().requireBetween(SINCE, Integer.MAX_VALUE);
    }

    private Reply list(Call call) {
        since(call);
        JsonArray all = new JsonArray();
        words.resourceClasses().forEach(name -> all.add(view(name)));
        return fresh.now(call, Reply.ok(new JsonObject().put("resource_classes", all)));
    }

    private Reply create(Call call) {
        since(call);
        String name = call.body().getString("name");
        if (!words.addResourceClass(name)) {
            throw ApiFault.conflict("Conflicting resource class already exists: " + name);
        }
        return made(call, Reply.empty(201), name);
    }

    private Reply show(Call call) {
        since(call);
        String name = call.path("name");
        if (!words.resourceClasses().contains(name)) {
            throw ApiFault.notFound("No such resource class " + name + ".");
        }
        return fresh.now(call, Reply.ok(view(name)));
    }

    private Reply put(Call call) {
        since(call);
        String name = call.path("name");
        if (!call.version().atLeast(MADE_BY_PUT)) {
            String newName = call.body().getString("name");
            if (newName == null) {
                throw ApiFault.badRequest("JSON does not validate: 'name' is a required property");
            }
            words.renameResourceClass(name, newName);
            return Reply.ok(view(newName));
        }
        if (!CUSTOM.matcher(name).matches()) {
            throw ApiFault.badRequest("JSON does not validate: '" + name + "' does not match '^CUSTOM_[A-Z0-9_]+$'");
        }
        return made(call, Reply.empty(words.addResourceClass(name) ? 201 : 204), name);
    }

    private Reply delete(Call call) {
        since(call);
        words.deleteResourceClass(call.path("name"));
        return Reply.empty(204);
    }

    private static Reply made(Call call, Reply reply, String name) {
        return reply.with("Location", call.baseUrl() + PlacementApi.PREFIX + "/resource_classes/" + name);
    }

    private static JsonObject view(String name) {
        return new JsonObject()
                .put("name", name)
                .put(
                        "links",
                        new JsonArray()
                                .add(ProvidersProxy.link("self", PlacementApi.PREFIX + "/resource_classes/" + name)));
    }
}
