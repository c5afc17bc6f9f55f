package io.holdfast.compute;

import java.time.Duration;

/**
 * The controller's settings for images that are uploaded.
 *
 * @param bytesMax longest image, in bytes; 1 MiB to 16 TiB, default 64 GiB
 * @param imagesPerProject so many images a project may have; 1 to 100,000, default 100
 * @param bytesPerProject so many bytes all uploaded images of a project may have together; 1 MiB to 1 PiB, default 512 GiB
 * @param keepFreeBytes so much of the shared storage uploads leave free, because guests whose disks cannot grow stand still; 0 to 1
 *     PiB, default 1 GiB. Too small: one upload stops every guest that writes
 * @param transfersMax uploads and downloads at once; more are answered with 503; 1 to 256, default 8. Each takes a thread and some 2 MiB
 * @param idle a sender who sends nothing for so long is given up, and a reader who reads nothing; 1 s to 10 min, default 1 min
 * @param deadline longest time for one upload or download; 1 min to 24 h, default 1 h
 */
public record ImageSettings(
        long bytesMax,
        int imagesPerProject,
        long bytesPerProject,
        long keepFreeBytes,
        int transfersMax,
        Duration idle,
        Duration deadline) {

    private static final long MIB = 1024 * 1024;
    private static final long TIB = 1024 * 1024 * MIB;
    private static final long PIB = 1024 * TIB;

    public ImageSettings {
        between("bytes-max", bytesMax, MIB, 16 * TIB);
        between("images-per-project", imagesPerProject, 1, 100_000);
        between("bytes-per-project", bytesPerProject, MIB, PIB);
        between("keep-free-bytes", keepFreeBytes, 0, PIB);
        between("transfers-max", transfersMax, 1, 256);
        range("idle", idle, Duration.ofSeconds(1), Duration.ofMinutes(10));
        range("deadline", deadline, Duration.ofMinutes(1), Duration.ofDays(1));
    }

    public static ImageSettings defaults() {
        return new ImageSettings(
                64 * 1024 * MIB, 100, 512 * 1024 * MIB, 1024 * MIB, 8, Duration.ofMinutes(1), Duration.ofHours(1));
    }

    private static void between(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "image." + key + " must be between " + least + " and " + most + ", is " + value);
        }
    }

    private static void range(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("image." + key + " must be between " + min.toMillis() + "ms and "
                    + max.toMillis() + "ms, is " + value.toMillis() + "ms");
        }
    }
}
