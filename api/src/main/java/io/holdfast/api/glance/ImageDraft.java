package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An image while a request describes or changes it: attribute by attribute, by the names that Glance has for them. */
final class ImageDraft {

    private static final Set<String> READ_ONLY = Set.of(
            "id",
            "owner",
            "status",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "size",
            "virtual_size",
            "created_at",
            "updated_at",
            "self",
            "file",
            "schema",
            "direct_url",
            "locations");

    /** Names that Glance keeps for itself. */
    private static final Set<String> RESERVED = Set.of("location", "deleted", "deleted_at");

    private static final Set<String> BASE = Set.of(
            "name",
            "visibility",
            "disk_format",
            "container_format",
            "min_disk",
            "min_ram",
            "protected",
            "os_hidden",
            "tags");

    private final ImageEntry before;
    private final Caller caller;
    private String name;
    private Visibility visibility;
    private @Nullable String diskFormat;
    private @Nullable String containerFormat;
    private int minDiskGib;
    private int minMemoryMib;
    private boolean isProtected;
    private boolean hidden;
    private Set<String> tags;
    private final Map<String, String> properties;

    ImageDraft(ImageEntry before, Caller caller) {
        this.before = before;
        this.caller = caller;
        this.name = before.name();
        this.visibility = before.visibility();
        this.diskFormat = before.diskFormat();
        this.containerFormat = before.containerFormat();
        this.minDiskGib = before.minDiskGib();
        this.minMemoryMib = before.minMemoryMib();
        this.isProtected = before.isProtected();
        this.hidden = before.hidden();
        this.tags = before.tags();
        this.properties = new TreeMap<>(before.properties());
    }

    /** One of which nothing is known yet. */
    static ImageDraft blank(ImageId id, ProjectId owner, Caller caller, Instant now) {
        return new ImageDraft(
                new ImageEntry(
                        id,
                        "",
                        Status.QUEUED,
                        Visibility.PRIVATE,
                        owner,
                        null,
                        null,
                        null,
                        0,
                        0,
                        false,
                        false,
                        Set.of(),
                        Map.of(),
                        now,
                        now),
                caller);
    }

    ImageEntry entry() {
        return new ImageEntry(
                before.id(),
                name,
                before.status(),
                visibility,
                before.owner(),
                diskFormat,
                containerFormat,
                before.content(),
                minMemoryMib,
                minDiskGib,
                isProtected,
                hidden,
                tags,
                properties,
                before.createdAt(),
                before.updatedAt());
    }

    boolean has(String attribute) {
        return BASE.contains(attribute) || properties.containsKey(attribute);
    }

    /** @throws ApiFault 400 when the value is of another kind, 403 when the caller may not set it */
    void set(String attribute, @Nullable Object value) {
        requireWritable(attribute);
        switch (attribute) {
            case "name" -> name = value == null ? "" : text(attribute, value);
            case "visibility" -> visibility = visibility(text(attribute, value));
            case "disk_format" -> diskFormat = value == null ? null : text(attribute, value);
            case "container_format" -> containerFormat = value == null ? null : text(attribute, value);
            case "min_disk" -> minDiskGib = number(attribute, value);
            case "min_ram" -> minMemoryMib = number(attribute, value);
            case "protected" -> isProtected = flag(attribute, value);
            case "os_hidden" -> hidden = flag(attribute, value);
            case "tags" -> tags = tags(value);
            default -> properties.put(attribute, text(attribute, value));
        }
    }

    /** @throws ApiFault 403 when every image has it, 409 when this one does not */
    void remove(String attribute) {
        requireWritable(attribute);
        if (BASE.contains(attribute)) {
            throw new ApiFault(403, "Property '" + attribute + "' may not be removed.");
        }
        if (properties.remove(attribute) == null) {
            throw ApiFault.conflict("Property " + attribute + " does not exist.");
        }
    }

    private static void requireWritable(String attribute) {
        if (READ_ONLY.contains(attribute)) {
            throw new ApiFault(403, "Attribute '" + attribute + "' is read-only.");
        }
        if (RESERVED.contains(attribute)) {
            throw new ApiFault(403, "Attribute '" + attribute + "' is reserved.");
        }
    }

    private Visibility visibility(String word) {
        return switch (word) {
            case "public" -> {
                if (!caller.isAdmin() && before.visibility() != Visibility.PUBLIC) {
                    throw new ApiFault(403, "You are not authorized to make an image public.");
                }
                yield Visibility.PUBLIC;
            }
            case "community" -> Visibility.COMMUNITY;
            case "private" -> Visibility.PRIVATE;
            case "shared" ->
                throw new ApiFault(
                        403,
                        "Images cannot be shared with single projects: visibility is public, community or private.");
            default ->
                throw ApiFault.badRequest(
                        "Provided object does not match schema 'image': '" + word + "' is no visibility.");
        };
    }

    private static String text(String attribute, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(attribute, "a text");
    }

    private static int number(String attribute, @Nullable Object value) {
        if (value instanceof Integer number && number >= 0) {
            return number;
        }
        throw wrong(attribute, "a whole number from 0 on");
    }

    private static boolean flag(String attribute, @Nullable Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(attribute, "true or false");
    }

    private static Set<String> tags(@Nullable Object value) {
        if (!(value instanceof JsonArray list)) {
            throw wrong("tags", "a list of texts");
        }
        Set<String> tags = new LinkedHashSet<>();
        list.forEach(one -> tags.add(text("tags", one)));
        return tags;
    }

    private static ApiFault wrong(String attribute, String kind) {
        return ApiFault.badRequest(
                "Provided object does not match schema 'image': " + attribute + " must be " + kind + ".");
    }
}
