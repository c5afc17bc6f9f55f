package io.holdfast.fencing.kdump.core;

/**
 * The message of {@code fence_kdump_send}: two unsigned numbers of four bytes, a constant and the version, in the byte order of the machine that
 * sends.
 */
public final class DumpMessage {

    /** Bytes of a whole one; longer ones are none. */
    public static final int LENGTH = 8;

    private static final int MAGIC = 0x1B302A40;
    private static final int VERSION = 1;

    private DumpMessage() {}

    public static boolean is(byte[] bytes, int length) {
        return length == LENGTH
                && ((big(bytes, 0) == MAGIC && big(bytes, 4) == VERSION)
                        || (Integer.reverseBytes(big(bytes, 0)) == MAGIC
                                && Integer.reverseBytes(big(bytes, 4)) == VERSION));
    }

    private static int big(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}
