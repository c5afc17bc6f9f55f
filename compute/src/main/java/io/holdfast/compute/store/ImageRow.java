package io.holdfast.compute.store;

import io.holdfast.compute.Image;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Content;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.jspecify.annotations.Nullable;

/** Tables {@code image}, {@code image_property} and {@code image_tag}. */
@Entity(name = "Image")
@Table(name = "image")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class ImageRow {

    @Id
    UUID id;

    String name;

    @Nullable
    String file;

    @Nullable
    String format;

    @Column(name = "container_format")
    @Nullable
    String containerFormat;

    @Nullable
    String owner;

    @Enumerated(EnumType.STRING)
    Visibility visibility = Visibility.PUBLIC;

    @Column(name = "protected")
    boolean isProtected;

    boolean hidden;

    @Column(name = "virtual_bytes")
    @Nullable
    Long virtualBytes;

    @Nullable
    String md5;

    @Nullable
    String sha512;

    boolean uploaded;

    @Nullable
    UUID upload;

    @Column(name = "upload_at")
    @Nullable
    Instant uploadAt;

    @Column(name = "size_bytes")
    long sizeBytes;

    @Column(name = "kernel_file")
    @Nullable
    String kernelFile;

    @Column(name = "ramdisk_file")
    @Nullable
    String ramdiskFile;

    @Column(name = "command_line")
    @Nullable
    String commandLine;

    @Column(name = "min_memory_mib")
    int minMemoryMib;

    @Column(name = "min_disk_gib")
    int minDiskGib;

    /** Never SAVING: that is said by {@link #upload}. */
    @Enumerated(EnumType.STRING)
    Status status = Status.QUEUED;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    @ElementCollection
    @CollectionTable(name = "image_property", joinColumns = @JoinColumn(name = "image_id"))
    @MapKeyColumn(name = "key")
    @Column(name = "value")
    @Fetch(FetchMode.SUBSELECT)
    Map<String, String> properties = new HashMap<>();

    @ElementCollection
    @CollectionTable(name = "image_tag", joinColumns = @JoinColumn(name = "image_id"))
    @Column(name = "tag")
    @Fetch(FetchMode.SUBSELECT)
    Set<String> tags = new TreeSet<>();

    /** One whose upload has not been seen for so long is not being written any more. */
    static final Duration UPLOAD_SILENCE = Duration.ofMinutes(1);

    boolean isBeingWritten(Instant now) {
        return upload != null && uploadAt != null && uploadAt.isAfter(now.minus(UPLOAD_SILENCE));
    }

    ImageEntry toEntry(Instant now) {
        return new ImageEntry(
                ImageId.of(id),
                name,
                status == Status.QUEUED && isBeingWritten(now) ? Status.SAVING : status,
                visibility,
                owner == null ? null : ProjectId.of(owner),
                format,
                containerFormat,
                status == Status.QUEUED ? null : new Content(sizeBytes, virtualBytes, md5, sha512),
                minMemoryMib,
                minDiskGib,
                isProtected,
                hidden,
                tags,
                properties,
                createdAt,
                updatedAt);
    }

    /** Only of one that has content; an instance's image has. */
    Image toImage() {
        if (file == null || format == null) {
            throw new IllegalStateException("image " + id + " has no content");
        }
        return new Image(
                ImageId.of(id),
                name,
                file,
                format,
                sizeBytes,
                kernelFile,
                ramdiskFile,
                commandLine,
                minMemoryMib,
                minDiskGib,
                properties,
                createdAt,
                visibility == Visibility.PRIVATE && owner != null ? ProjectId.of(owner) : null);
    }
}
