package io.holdfast.compute;

import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Images and their content, for those to whom they belong. The same images as in {@link Catalog}, which has those with content.
 * Errors are {@link ComputeException}s. May be called from any thread; {@link #upload} and reading a {@link Download} take as
 * long as their streams do.
 */
public interface Images {

    /** Newest first. With a viewer: its own, and those that are public or for all who know them; without one: all. */
    List<ImageEntry> list(@Nullable ProjectId viewer);

    Optional<ImageEntry> find(ImageId id);

    /**
     * Makes an image without content. LIMIT when its owner has as many as a project may have.
     *
     * @param draft its status, content and times are not looked at
     */
    ImageEntry create(ImageEntry draft);

    /**
     * Changes what is known of an image; its status, content, owner and times stay.
     *
     * @param change is given the image as it is now, and may be asked more than once
     */
    ImageEntry change(ImageId id, UnaryOperator<ImageEntry> change);

    /** To {@code DEACTIVATED} or back; of an image that has content. */
    ImageEntry activate(ImageId id, boolean active);

    /**
     * Writes the content of an image that has none. When this returns, it is on the shared storage and on disk, and the image is active.
     * When it throws, nothing of it is left and the image has no content, as before.
     *
     * <p>INVALID when the content is not of the format that the image names, names other files, or ends before its end; CONFLICT
     * when the image has content or is being written; TOO_LARGE when it is longer than allowed, or there is no room; UNAVAILABLE
     * when the storage fails.
     *
     * @param announcedBytes its length, or -1 when that is not known
     */
    ImageEntry upload(ImageId id, long announcedBytes, InputStream content);

    /** Its content; empty when it has none. */
    Optional<Download> download(ImageId id);

    /** With its content, if that was uploaded. CONFLICT while an instance uses it, LIMIT when it is protected. */
    void delete(ImageId id);

    /** @param content to be closed by whoever asked */
    record Download(ImageEntry image, long bytes, InputStream content) {}
}
