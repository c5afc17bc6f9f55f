package io.holdfast.compute;

import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.io.InputStream;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies of images that another image service has. Instances are made from the copy on the shared storage, and so they, and every
 * recovery of them, need nobody else. Errors are {@link ComputeException}s. Thread-safe.
 */
public interface ImageCopies {

    /**
     * What another service says of an image that has content.
     *
     * @param format {@code raw} or {@code qcow2}
     * @param bytes length of its content
     * @param md5 of its content, in lower-case hex; null when that is not known
     * @param sha512 the same; one of the two is known
     */
    record Original(
            ImageId id,
            String name,
            Visibility visibility,
            @Nullable ProjectId owner,
            String format,
            long bytes,
            @Nullable String md5,
            @Nullable String sha512,
            int minMemoryMib,
            int minDiskGib,
            Map<String, String> properties) {

        public Original {
            properties = Map.copyOf(properties);
            if (md5 == null && sha512 == null) {
                throw new IllegalArgumentException("image " + id + " without a checksum");
            }
        }

        /** Whether a project may use it. */
        public boolean isUsableBy(ProjectId project) {
            return visibility != Visibility.PRIVATE || project.equals(owner);
        }

        /** Whether this is its content. */
        public boolean isContent(ImageEntry.Content content) {
            return content.bytes() == bytes
                    && (sha512 == null ? String.valueOf(md5).equals(content.md5()) : sha512.equals(content.sha512()));
        }
    }

    /**
     * Writes down what is said of an image now, if its content is here. CONFLICT when instances are made from other content of it.
     *
     * @return whether its content is here
     */
    boolean isHere(Original original);

    /**
     * Copies its content, unless it is here. When this returns, it is on the shared storage and on disk. When it throws, nothing of it is
     * left: CONFLICT while another controller copies it; UNAVAILABLE when what comes is not what was described; else as
     * {@link Images#upload}.
     *
     * @param content is asked for the content when the copying begins; closed here
     */
    void copy(Original original, Supplier<InputStream> content);
}
