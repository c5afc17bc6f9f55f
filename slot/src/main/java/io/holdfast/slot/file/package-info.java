/**
 * Slot devices on files and block devices: O_DIRECT and O_DSYNC where the file system has them, and one thread that may hang.
 *
 * <p>{@link io.holdfast.slot.file.SlotDevice} is the entry. It refuses to write to a device whose header it does not know, and to
 * start a second access while one has not come back: two writes under way at once could reach the storage in the wrong order.
 */
@NullMarked
package io.holdfast.slot.file;

import org.jspecify.annotations.NullMarked;
