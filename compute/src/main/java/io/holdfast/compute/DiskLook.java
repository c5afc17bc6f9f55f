package io.holdfast.compute;

import java.time.Duration;
import java.util.List;

/**
 * Asks an agent whether disks of guests are being written, as it sees them on the shared storage. Changes nothing there.
 *
 * @param disks relative to the shared storage, 1 to {@value #DISKS_MAX}
 * @param apart between the two looks at each, 50 ms to 5 s
 */
public record DiskLook(List<String> disks, Duration apart) {

    /** Too large: many opens on the storage for one answer. */
    public static final int DISKS_MAX = 256;

    private static final int NAME_LIMIT = 1024;
    private static final Duration APART_MIN = Duration.ofMillis(50);
    private static final Duration APART_MAX = Duration.ofSeconds(5);

    public DiskLook {
        disks = List.copyOf(disks);
        if (disks.isEmpty() || disks.size() > DISKS_MAX) {
            throw new IllegalArgumentException("1 to " + DISKS_MAX + " disks are looked at, not " + disks.size());
        }
        disks.forEach(disk -> {
            if (disk.isBlank() || disk.length() > NAME_LIMIT) {
                throw new IllegalArgumentException("a disk's name has 1 to " + NAME_LIMIT + " characters");
            }
        });
        if (apart.compareTo(APART_MIN) < 0 || apart.compareTo(APART_MAX) > 0) {
            throw new IllegalArgumentException("two looks are " + APART_MIN.toMillis() + " to " + APART_MAX.toMillis()
                    + " ms apart, not " + apart.toMillis());
        }
    }
}
