package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Image;
import io.holdfast.model.ImageId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Images in the form in which Nova showed them itself, up to 2.35. */
final class ImagesProxy {

    private static final int LAST_MINOR = 35;

    private final Catalog catalog;

    ImagesProxy(Catalog catalog) {
        this.catalog = catalog;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listImages", call -> list(call, false));
        table.put("listImagesDetail", call -> list(call, true));
        table.put("showImage", this::show);
        return table;
    }

    private Reply list(Call call, boolean detail) {
        call.version().requireBetween(1, LAST_MINOR);
        String name = call.query("name");
        List<Image> found = catalog.images().stream()
                .filter(image -> isFor(call, image))
                .filter(image -> name == null || image.name().equals(name))
                .toList();
        Links.Page<Image> page = Links.page(call, found, image -> image.id().toString());
        JsonArray images = new JsonArray();
        page.items().forEach(one -> images.add(detail ? full(call, one) : brief(call, one)));
        String path = detail ? "/v2.1/images/detail" : "/v2.1/images";
        return Reply.ok(page.withNext(new JsonObject().put("images", images), call, path, "images_links"));
    }

    private Reply show(Call call) {
        call.version().requireBetween(1, LAST_MINOR);
        String id = call.path("image_id");
        Image image = Servers.id(id, ImageId::parse)
                .flatMap(catalog::image)
                .filter(one -> isFor(call, one))
                .orElseThrow(() -> ApiFault.notFound("Image not found."));
        return Reply.ok(new JsonObject().put("image", full(call, image)));
    }

    private static boolean isFor(Call call, Image image) {
        return image.privateTo() == null || call.caller().mayKnow(image.privateTo());
    }

    private static JsonObject brief(Call call, Image image) {
        String id = image.id().toString();
        return new JsonObject()
                .put("id", id)
                .put("name", image.name())
                .put("links", Links.of(call.baseUrl(), "images", id));
    }

    private static JsonObject full(Call call, Image image) {
        return brief(call, image)
                .put("status", "ACTIVE")
                .put("progress", 100)
                .put("minRam", image.minMemoryMib())
                .put("minDisk", image.minDiskGib())
                .put("OS-EXT-IMG-SIZE:size", image.sizeBytes())
                .put("created", ServerView.time(image.createdAt()))
                .put("updated", ServerView.time(image.createdAt()))
                .put("metadata", ServerView.strings(image.properties()));
    }
}
