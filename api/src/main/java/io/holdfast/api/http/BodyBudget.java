package io.holdfast.api.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How many bytes of bodies may be in memory at once, in all and of one caller.
 *
 * <p>A limit for one body alone does not bound anything: a few hundred callers, or one with as many connections, who
 * each send all of a body but its last byte would fill the heap. The room is taken before a body is read, and given back
 * when its request is answered. A caller gets a part only, so that it cannot keep the others from writing.
 *
 * <p>May be called from any thread.
 */
public final class BodyBudget {

    private static final long BYTES = 16 * 1024 * 1024;
    private static final int PARTS = 4;

    private final long bytesMax;
    private final Map<String, Long> taken = new HashMap<>();
    private long total;

    /** @param bodyBytesMax the longest body; there is always room for four of these, of one caller for one */
    public BodyBudget(int bodyBytesMax) {
        this.bytesMax = Math.max(BYTES, (long) PARTS * bodyBytesMax);
    }

    /** @return what gives the room back, once however often it is run; empty when there is no room just now */
    public Optional<Runnable> take(String caller, long bytes) {
        synchronized (taken) {
            long own = taken.getOrDefault(caller, 0L);
            if (own + bytes > bytesMax / PARTS || total + bytes > bytesMax) {
                return Optional.empty();
            }
            taken.put(caller, own + bytes);
            total += bytes;
        }
        AtomicBoolean returned = new AtomicBoolean();
        return Optional.of(() -> {
            if (returned.compareAndSet(false, true)) {
                giveBack(caller, bytes);
            }
        });
    }

    private void giveBack(String caller, long bytes) {
        synchronized (taken) {
            total -= bytes;
            long left = taken.getOrDefault(caller, 0L) - bytes;
            if (left > 0) {
                taken.put(caller, left);
            } else {
                taken.remove(caller);
            }
        }
    }
}
