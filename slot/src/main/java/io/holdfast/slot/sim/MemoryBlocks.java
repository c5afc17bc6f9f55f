package io.holdfast.slot.sim;

import io.holdfast.slot.Blocks;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A shared disk in memory. Several openers see the same bytes. Any thread may set its faults while others use it. */
public final class MemoryBlocks implements Blocks {

    /** What goes wrong with every access from now on. */
    public enum Fault {
        NONE,
        /** EIO. */
        BROKEN,
        /** ENOSPC, of writes alone. */
        FULL,
        /** Comes back when the fault is taken away. A write has not reached the storage before that. */
        HANGING,
        /** Writes reach the storage in their first half only, and are reported as failed. */
        TEARING
    }

    private byte[] bytes;
    private Fault fault = Fault.NONE;
    private @Nullable CountDownLatch hanging;
    private int inside;
    private int insideMost;

    public MemoryBlocks(int size) {
        this.bytes = new byte[size];
    }

    public synchronized void fault(Fault next) {
        fault = next;
        if (hanging != null) {
            hanging.countDown();
            hanging = null;
        }
        if (next == Fault.HANGING) {
            hanging = new CountDownLatch(1);
        }
    }

    /** The device ends there from now on; growing it again gives zeros. */
    public synchronized void resize(int size) {
        bytes = Arrays.copyOf(bytes, size);
    }

    /** Turns one bit of a byte. */
    public synchronized void flip(int at) {
        bytes[at] ^= 0x10;
    }

    public synchronized byte[] snapshot() {
        return bytes.clone();
    }

    /** The most accesses that were under way at a time. */
    public synchronized int insideMost() {
        return insideMost;
    }

    /** How many accesses are under way now. */
    public synchronized int inside() {
        return inside;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        enter();
        try {
            copyOut(offset, into);
        } finally {
            leave();
        }
    }

    @Override
    public void write(long offset, ByteBuffer from) throws IOException {
        enter();
        try {
            copyIn(offset, from);
        } finally {
            leave();
        }
    }

    private synchronized void copyOut(long offset, ByteBuffer into) throws IOException {
        if (fault == Fault.BROKEN) {
            throw new IOException("Input/output error");
        }
        int from = (int) Math.min(offset, bytes.length);
        boolean ends = into.remaining() > bytes.length - from;
        into.put(bytes, from, Math.min(into.remaining(), bytes.length - from));
        if (ends) {
            throw new EOFException("the device ends at " + bytes.length);
        }
    }

    private synchronized void copyIn(long offset, ByteBuffer from) throws IOException {
        switch (fault) {
            case BROKEN -> throw new IOException("Input/output error");
            case FULL -> throw new IOException("No space left on device");
            case TEARING -> {
                from.get(bytes, (int) offset, from.remaining() / 2);
                throw new IOException("Input/output error");
            }
            case NONE, HANGING -> {
                if (offset + from.remaining() > bytes.length) {
                    bytes = Arrays.copyOf(bytes, (int) offset + from.remaining());
                }
                from.get(bytes, (int) offset, from.remaining());
            }
        }
    }

    private void enter() throws IOException {
        CountDownLatch wait;
        synchronized (this) {
            inside++;
            insideMost = Math.max(insideMost, inside);
            wait = hanging;
        }
        if (wait != null) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                leave();
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    private synchronized void leave() {
        inside--;
    }

    @Override
    public long room() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean pastCaches() {
        return true;
    }

    @Override
    public void close() {
        // Others may have it open.
    }
}
