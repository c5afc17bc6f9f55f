package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Image;
import io.holdfast.model.ImageId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Images with their files, for administrators. */
public final class ImagesView {

    private final Catalog catalog;
    private final Clock clock;

    public ImagesView(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listImageFiles", this::list);
        table.put("createImage", this::create);
        table.put("deleteImage", this::delete);
        return table;
    }

    private Reply list(Call call) {
        JsonArray all = new JsonArray();
        catalog.images().forEach(one -> all.add(view(one)));
        return Reply.ok(new JsonObject().put("images", all));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body();
        String id = wanted.getString("id");
        Map<String, String> properties = new TreeMap<>();
        wanted.getJsonObject("properties", new JsonObject())
                .forEach(one -> properties.put(one.getKey(), String.valueOf(one.getValue())));
        ImageId imageId;
        try {
            imageId = id == null ? ImageId.of(UUID.randomUUID()) : ImageId.parse(id);
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("id: '" + id + "' is not a UUID");
        }
        Image made = catalog.addImage(new Image(
                imageId,
                wanted.getString("name").strip(),
                wanted.getString("file"),
                wanted.getString("format"),
                // The catalog measures the file.
                0,
                wanted.getString("kernelFile"),
                wanted.getString("ramdiskFile"),
                wanted.getString("commandLine"),
                wanted.getInteger("minMemoryMib", 0),
                wanted.getInteger("minDiskGib", 0),
                properties,
                clock.instant()));
        return Reply.of(201, new JsonObject().put("image", view(made)));
    }

    private Reply delete(Call call) {
        String text = call.path("image");
        ImageId id;
        try {
            id = ImageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw notFound(text);
        }
        Image image = catalog.image(id).orElseThrow(() -> notFound(text));
        catalog.deleteImage(image.id());
        return Reply.empty(204);
    }

    private static ApiFault notFound(String id) {
        return ApiFault.notFound("Image " + id + " could not be found.");
    }

    private static JsonObject view(Image image) {
        JsonObject properties = new JsonObject();
        new TreeMap<>(image.properties()).forEach(properties::put);
        return new JsonObject()
                .put("id", image.id().toString())
                .put("name", image.name())
                .put("file", image.file())
                .put("format", image.format())
                .put("sizeBytes", image.sizeBytes())
                .put("kernelFile", image.kernelFile())
                .put("ramdiskFile", image.ramdiskFile())
                .put("commandLine", image.commandLine())
                .put("minMemoryMib", image.minMemoryMib())
                .put("minDiskGib", image.minDiskGib())
                .put("properties", properties)
                .put("createdAt", image.createdAt().toString());
    }
}
