package io.holdfast.compute.store;

import io.holdfast.compute.Image;
import io.holdfast.model.ImageId;
import jakarta.persistence.CollectionTable;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.MapKeyColumn;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.Fetch;
import org.hibernate.annotations.FetchMode;
import org.jspecify.annotations.Nullable;

/** Tables {@code image} and {@code image_property}. */
@Entity(name = "Image")
@Table(name = "image")
@SuppressWarnings("NullAway.Init") // Hibernate fills the fields after the constructor.
class ImageRow {

    @Id
    UUID id;

    String name;

    String file;

    String format;

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

    String status;

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

    Image toImage() {
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
                createdAt);
    }
}
