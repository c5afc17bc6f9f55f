package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.Images;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images without their content: make, list, show, change, delete. */
final class ImageOperations {

    private static final Logger LOG = LoggerFactory.getLogger(ImageOperations.class);

    private final Images images;
    private final ImageAccess access;
    private final Clock clock;

    ImageOperations(Images images, ImageAccess access, Clock clock) {
        this.images = images;
        this.access = access;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("createImage", this::create);
        table.put("listImages", this::list);
        table.put("showImage", call -> Reply.ok(ImageView.of(access.seen(call))));
        table.put("updateImage", this::update);
        table.put("deleteImage", this::delete);
        table.put(
                "addImageTag",
                call -> tag(call, tags -> {
                    tags.add(call.path("tag"));
                    return tags;
                }));
        table.put("removeImageTag", this::removeTag);
        table.put("deactivateImage", call -> activate(call, false));
        table.put("reactivateImage", call -> activate(call, true));
        for (String one : Set.of("listMembers", "addMember", "showMember", "updateMember", "removeMember")) {
            table.put(one, this::members);
        }
        return table;
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body();
        ImageDraft draft = ImageDraft.blank(id(wanted), owner(call, wanted), call.caller(), clock.instant());
        wanted.forEach(one -> {
            if (!one.getKey().equals("id") && !one.getKey().equals("owner")) {
                draft.set(one.getKey(), one.getValue());
            }
        });
        ImageEntry made = images.create(draft.entry());
        return Reply.of(201, ImageView.of(made))
                .with("Location", call.baseUrl() + Glance.PREFIX + ImageView.IMAGES + "/" + made.id());
    }

    private static ImageId id(JsonObject wanted) {
        Object id = wanted.getValue("id");
        try {
            return id == null ? ImageId.of(UUID.randomUUID()) : ImageId.parse(String.valueOf(id));
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("Provided object does not match schema 'image': id must be a UUID.");
        }
    }

    private static ProjectId owner(Call call, JsonObject wanted) {
        Object owner = wanted.getValue("owner");
        if (owner == null || owner.equals(call.caller().project().value())) {
            return call.caller().project();
        }
        if (!call.caller().isAdmin()) {
            throw new ApiFault(403, "You are not permitted to create images owned by '" + owner + "'.");
        }
        try {
            return ProjectId.of(String.valueOf(owner));
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("Provided object does not match schema 'image': owner must be a project's id.");
        }
    }

    private Reply list(Call call) {
        ImageListing listing = ImageListing.read(call.asked());
        return Reply.ok(listing.page(images.list(call.caller().scope()), call.caller()));
    }

    private Reply update(Call call) {
        ImagePatch patch = ImagePatch.read(call.list());
        ImageEntry image = access.owned(call, "modify");
        return Reply.ok(ImageView.of(images.change(image.id(), now -> patch.of(now, call.caller()))));
    }

    private Reply delete(Call call) {
        images.delete(access.owned(call, "delete").id());
        return Reply.empty(204);
    }

    private Reply tag(Call call, UnaryOperator<Set<String>> change) {
        ImageEntry image = access.owned(call, "modify");
        return done(images.change(image.id(), now -> tagged(now, change, call)));
    }

    /** The caller is told nothing of the image as it is now. */
    private static Reply done(ImageEntry now) {
        LOG.debug("image {} is {}", now.id(), now.status());
        return Reply.empty(204);
    }

    private Reply removeTag(Call call) {
        String tag = call.path("tag");
        return tag(call, tags -> {
            if (!tags.remove(tag)) {
                throw ApiFault.notFound("The image has no tag " + tag + ".");
            }
            return tags;
        });
    }

    private static ImageEntry tagged(ImageEntry image, UnaryOperator<Set<String>> change, Call call) {
        ImageDraft draft = new ImageDraft(image, call.caller());
        Set<String> tags = change.apply(new TreeSet<>(image.tags()));
        draft.set("tags", new JsonArray(tags.stream().toList()));
        return draft.entry();
    }

    private Reply activate(Call call, boolean active) {
        ImageEntry image = access.owned(call, active ? "reactivate" : "deactivate");
        return done(images.activate(image.id(), active));
    }

    /** No image is shared with single projects, so none has members. */
    private Reply members(Call call) {
        ImageEntry image = access.seen(call);
        throw new ApiFault(
                403,
                "Only shared images have members; image " + image.id() + " is " + ImageView.word(image.visibility())
                        + ".");
    }
}
