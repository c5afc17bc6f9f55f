package io.holdfast.slot.file;

import io.holdfast.model.SegmentId;
import io.holdfast.slot.Blocks;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.SlotException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A slot device as somebody else has read it: checked like any other, never written, and never past all caches. */
public final class RelayedBlocks implements Blocks {

    /** Nothing of it waits for a storage. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private final ByteBuffer device;

    private RelayedBlocks(ByteBuffer device) {
        this.device = device.asReadOnlyBuffer();
    }

    static RelayedBlocks of(ByteBuffer device) {
        return new RelayedBlocks(device);
    }

    /**
     * One look.
     *
     * @param through whose eyes it was, for people
     * @param device all of its bytes
     */
    public static DeviceReading reading(String through, ByteBuffer device, SegmentId segment) {
        try (SlotDevice read = SlotDevice.open("read by " + through, () -> of(device), AT_ONCE)) {
            return read.header().segment().equals(segment)
                    ? read.read()
                    : new DeviceReading.Unreadable("the slot device that " + through + " reads belongs to segment "
                            + read.header().segment());
        } catch (SlotException unusable) {
            return new DeviceReading.Unreadable(String.valueOf(unusable.getMessage()));
        }
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        int from = (int) Math.min(offset, device.capacity());
        boolean ends = into.remaining() > device.capacity() - from;
        into.put(device.slice(from, Math.min(into.remaining(), device.capacity() - from)));
        if (ends) {
            throw new EOFException("what was read ends at " + device.capacity());
        }
    }

    @Override
    public void write(long offset, ByteBuffer from) throws IOException {
        throw new IOException("nobody writes through others");
    }

    @Override
    public long room() {
        return device.capacity();
    }

    @Override
    public boolean pastCaches() {
        return false;
    }

    @Override
    public void close() {}
}
