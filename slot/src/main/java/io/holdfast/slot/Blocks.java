package io.holdfast.slot;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes under a slot device. Calls may block for ever; whoever calls has to bound that. One caller at a time. */
public interface Blocks extends AutoCloseable {

    /** Offsets, lengths and buffers are multiples of this. */
    int SIZE = 4096;

    /** Fills the buffer from there; throws {@link java.io.EOFException} when the device ends before, with what there was in the buffer. */
    void read(long offset, ByteBuffer into) throws IOException;

    /** Writes the whole buffer; when this returns, it stands on the storage. */
    void write(long offset, ByteBuffer from) throws IOException;

    /** How many bytes there are from its beginning to its end; {@link Long#MAX_VALUE} where it grows with what is written. */
    long room() throws IOException;

    /** Whether reads and writes go past the page cache. */
    boolean pastCaches();

    @Override
    void close() throws IOException;
}
