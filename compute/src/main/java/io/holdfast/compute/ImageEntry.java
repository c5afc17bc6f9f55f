package io.holdfast.compute;

import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that is kept of an image, from before it has content. An {@link Image} is what a guest needs of one that has.
 *
 * @param name empty when it was given none
 * @param owner null for one that an operator registered
 * @param diskFormat {@code raw} or {@code qcow2}; null while it is not known
 * @param containerFormat {@code bare}; null while it is not known
 * @param content null until there is some
 * @param hidden left out of lists that do not ask for hidden ones
 * @param properties the owner's own, and those that mean something to us, as {@code holdfast_recovery}
 */
public record ImageEntry(
        ImageId id,
        String name,
        Status status,
        Visibility visibility,
        @Nullable ProjectId owner,
        @Nullable String diskFormat,
        @Nullable String containerFormat,
        @Nullable Content content,
        int minMemoryMib,
        int minDiskGib,
        boolean isProtected,
        boolean hidden,
        Set<String> tags,
        Map<String, String> properties,
        Instant createdAt,
        Instant updatedAt) {

    public ImageEntry {
        tags = Set.copyOf(tags);
        properties = Map.copyOf(properties);
    }

    /** Whether a project may use it, when it knows its id. */
    public boolean isUsableBy(ProjectId project) {
        return visibility != Visibility.PRIVATE || project.equals(owner);
    }

    /** Where an image stands. */
    public enum Status {
        /** It has no content yet. */
        QUEUED,
        /** Its content is being written. */
        SAVING,
        /** It can be used. */
        ACTIVE,
        /** It has content, which for the time being nobody may use. */
        DEACTIVATED
    }

    /** Who may use it. */
    public enum Visibility {
        /** Everybody. */
        PUBLIC,
        /** Everybody who knows its id; it is not in the lists of others. */
        COMMUNITY,
        /** Its owner. */
        PRIVATE
    }

    /**
     * What was written.
     *
     * @param bytes length of the file
     * @param virtualBytes size of the disk that a guest sees; null for a file that was registered
     * @param md5 in hex; null for a file that was registered
     * @param sha512 in hex; null for a file that was registered
     */
    public record Content(
            long bytes,
            @Nullable Long virtualBytes,
            @Nullable String md5,
            @Nullable String sha512) {}
}
