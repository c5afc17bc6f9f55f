package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.Images;
import io.holdfast.model.ImageId;
import java.util.Optional;

/** Who may see an image, and who may change it. What one may not see is not there. */
final class ImageAccess {

    private final Images images;

    ImageAccess(Images images) {
        this.images = images;
    }

    /** @throws ApiFault 404 when there is none, or none for this caller */
    ImageEntry seen(Call call) {
        String text = call.path("image_id");
        return id(text).flatMap(images::find)
                .filter(image -> call.caller().isAdmin()
                        || image.isUsableBy(call.caller().project()))
                .orElseThrow(() -> ApiFault.notFound("No image found with ID " + text));
    }

    /** @throws ApiFault 404 when the caller may not know it, 403 when it is somebody else's */
    ImageEntry owned(Call call, String verb) {
        ImageEntry image = seen(call);
        if (!isOwned(image, call.caller())) {
            throw new ApiFault(403, "You are not permitted to " + verb + " this image.");
        }
        return image;
    }

    static boolean isOwned(ImageEntry image, Caller caller) {
        return caller.mayKnow(image.owner());
    }

    private static Optional<ImageId> id(String text) {
        try {
            return Optional.of(ImageId.parse(text));
        } catch (IllegalArgumentException e) {
            // A name, for example: clients try it as an id first.
            return Optional.empty();
        }
    }
}
