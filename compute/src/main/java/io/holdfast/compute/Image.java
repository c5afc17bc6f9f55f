package io.holdfast.compute;

import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A disk to begin with: a file under the images directory of the shared storage, never written to. Each instance gets
 * a qcow2 overlay over it.
 *
 * @param file path relative to the images directory; no {@code ..}, not absolute
 * @param format {@code raw} or {@code qcow2}
 * @param kernelFile for a guest that is booted without a boot loader: its kernel, relative like {@code file}, or null
 * @param ramdiskFile its initial ramdisk, or null
 * @param commandLine its kernel's command line, or null
 * @param properties for example {@code holdfast_recovery=notify}
 * @param privateTo the only project that may use it; null when all may
 */
public record Image(
        ImageId id,
        String name,
        String file,
        String format,
        long sizeBytes,
        @Nullable String kernelFile,
        @Nullable String ramdiskFile,
        @Nullable String commandLine,
        int minMemoryMib,
        int minDiskGib,
        Map<String, String> properties,
        Instant createdAt,
        @Nullable ProjectId privateTo) {

    public Image {
        properties = Map.copyOf(properties);
    }

    /** One that everybody may use. */
    public Image(
            ImageId id,
            String name,
            String file,
            String format,
            long sizeBytes,
            @Nullable String kernelFile,
            @Nullable String ramdiskFile,
            @Nullable String commandLine,
            int minMemoryMib,
            int minDiskGib,
            Map<String, String> properties,
            Instant createdAt) {
        this(
                id,
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
                null);
    }
}
