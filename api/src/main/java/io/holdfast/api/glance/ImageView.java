package io.holdfast.api.glance;

import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Content;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;

/** An image as Glance shows it: its properties stand beside its attributes. */
final class ImageView {

    /** Links lead from the service's own root, as Glance's do: clients put them behind the address from the catalog. */
    static final String IMAGES = "/v2/images";

    private ImageView() {}

    static JsonObject of(ImageEntry image) {
        JsonObject view = new JsonObject();
        new TreeMap<>(image.properties()).forEach(view::put);
        Content content = image.content();
        String self = IMAGES + "/" + image.id();
        return view.put("id", image.id().toString())
                .put("name", image.name().isEmpty() ? null : image.name())
                .put("status", word(image.status()))
                .put("visibility", word(image.visibility()))
                .put("owner", image.owner() == null ? null : image.owner().value())
                .put("disk_format", image.diskFormat())
                .put("container_format", image.containerFormat())
                .put("size", content == null ? null : content.bytes())
                .put("virtual_size", content == null ? null : content.virtualBytes())
                .put("checksum", content == null ? null : content.md5())
                .put("os_hash_algo", content == null || content.sha512() == null ? null : "sha512")
                .put("os_hash_value", content == null ? null : content.sha512())
                .put("min_disk", image.minDiskGib())
                .put("min_ram", image.minMemoryMib())
                .put("protected", image.isProtected())
                .put("os_hidden", image.hidden())
                .put("tags", new JsonArray(new TreeSet<>(image.tags()).stream().toList()))
                .put("created_at", time(image.createdAt()))
                .put("updated_at", time(image.updatedAt()))
                .put("self", self)
                .put("file", self + "/file")
                .put("schema", "/v2/schemas/image");
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
