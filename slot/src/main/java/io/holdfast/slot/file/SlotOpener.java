package io.holdfast.slot.file;

import io.holdfast.model.SegmentId;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Opens a slot device, again and again if need be, with one thread: an opening that hangs in a dead storage keeps it, and the next
 * attempt fails at its deadline without another one. Used by one thread.
 */
public final class SlotOpener implements AutoCloseable {

    private final SlotPlace place;
    private final SegmentId segment;
    private final Duration deadline;

    private @Nullable OneAtATime access;
    private @Nullable SlotDevice device;

    /** @param deadline for each opening and each later call */
    public SlotOpener(SlotPlace place, SegmentId segment, Duration deadline) {
        this.place = place;
        this.segment = segment;
        this.deadline = deadline;
    }

    /**
     * The device, opened if it is not yet. One that is open stays what it was: a host that has named it must not write another one.
     *
     * @throws SlotException when it cannot be used
     */
    public SlotDevice device() {
        SlotDevice open = device;
        if (open != null) {
            return open;
        }
        OneAtATime one = access;
        if (one == null) {
            one = new OneAtATime("slot-device");
            access = one;
        }
        SlotDevice fresh = SlotDevice.open(place.toString(), () -> FileBlocks.open(place), deadline, one);
        if (!fresh.header().segment().equals(segment)) {
            access = null;
            fresh.close();
            throw SlotDevice.foreign(place, fresh.header(), segment);
        }
        device = fresh;
        return fresh;
    }

    /** Opens the file of that name anew at the next call: another one may have taken its place. */
    @Override
    public void close() {
        SlotDevice open = device;
        OneAtATime one = access;
        device = null;
        access = null;
        if (open != null) {
            open.close();
        } else if (one != null) {
            one.close();
        }
    }
}
