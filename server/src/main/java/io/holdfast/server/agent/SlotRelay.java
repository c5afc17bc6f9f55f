package io.holdfast.server.agent;

import io.holdfast.compute.agent.RawSlots;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.file.SlotDevice;
import io.holdfast.slot.file.SlotOpener;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads the slot device for controllers that cannot, beside the agent's own use of it: another opening, another thread, so that a reading
 * which hangs costs no heartbeat.
 *
 * <p>Any thread may call. One reading at a time; each comes back within twice the deadline, for opening and reading.
 */
final class SlotRelay implements RawSlots, AutoCloseable {

    /** A file that was replaced by another of its name is not noticed by who has it open. */
    private static final Duration OPEN_MAX = Duration.ofSeconds(30);

    private final SlotOpener opener;

    /** The opener is one caller's at a time. */
    private final ReentrantLock turn = new ReentrantLock();

    // Whose turn it is, alone.
    private @Nullable SlotDevice last;
    private long openedNanos;

    SlotRelay(SlotPlace place, SegmentId segment, Duration deadline) {
        this.opener = new SlotOpener(place, segment, deadline);
    }

    @Override
    public ByteBuffer read() throws IOException {
        if (!turn.tryLock()) {
            throw new IOException("it is being read for somebody else");
        }
        try {
            return read(opener.device());
        } catch (SlotException unusable) {
            throw new IOException(unusable.getMessage(), unusable);
        } finally {
            turn.unlock();
        }
    }

    private ByteBuffer read(SlotDevice device) throws IOException {
        if (device != last) {
            last = device;
            openedNanos = System.nanoTime();
        }
        try {
            ByteBuffer read = device.raw();
            if (System.nanoTime() - openedNanos > OPEN_MAX.toNanos()) {
                opener.close();
            }
            return read;
        } catch (IOException failed) {
            // Another one may have taken its place. Not after a storage that hangs: each opening would leave a thread
            // in it.
            if (failed instanceof EOFException || device.isReplaced()) {
                opener.close();
            }
            throw failed;
        }
    }

    /** Does not wait for a reading that hangs. */
    @Override
    public void close() {
        opener.close();
    }
}
