package io.holdfast.membership.probe;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A socket that stops reading at one moment, however many reads there are. A limit for each read would be none: whoever
 * sends a byte now and then would hold the reader for ever.
 *
 * <p>It also remembers whether anything was read at all, and how long that was waited for, because that is what tells a slow
 * process from none, and both from a reader that came too late itself. Read by one thread at a time.
 */
public final class LimitedSocket extends Socket {

    private long endNanos = System.nanoTime();
    private boolean heard;
    private boolean timedOut;
    private long waitedNanos;

    /** The limit begins now. Until this is called nothing can be read. */
    public void limit(Duration limit) {
        endNanos = System.nanoTime() + limit.toNanos();
    }

    /** What is left of the limit; at least 1 ms, so that it may be used as a time-out. */
    Duration left() {
        return Duration.ofNanos(Math.max(1_000_000, endNanos - System.nanoTime()));
    }

    /** Whether the limit passed before a single byte came from the other end. */
    boolean stayedSilent() {
        return timedOut && !heard;
    }

    /** How long reads have waited that ended without a byte. */
    Duration waited() {
        return Duration.ofNanos(waitedNanos);
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Limited(super.getInputStream());
    }

    private final class Limited extends FilterInputStream {

        Limited(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int count = read(one, 0, 1);
            return count < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            long leftMillis = (endNanos - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                timedOut = true;
                heard |= in.available() > 0;
                throw new SocketTimeoutException("nothing is read any more, its time is up");
            }
            setSoTimeout(Math.toIntExact(leftMillis));
            long beganNanos = System.nanoTime();
            try {
                int count = in.read(into, offset, length);
                if (count > 0) {
                    heard = true;
                }
                return count;
            } catch (SocketTimeoutException silence) {
                timedOut = true;
                waitedNanos += System.nanoTime() - beganNanos;
                throw silence;
            }
        }
    }
}
