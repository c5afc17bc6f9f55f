package io.holdfast.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, to be ended in the reverse order.
 *
 * <p>One part that fails to end does not keep the others from ending: the failure is logged with the part's name, and
 * the next one's turn comes.
 */
public final class Closing implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Closing.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    public synchronized <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public synchronized void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.error(
                        "{} did not end cleanly; going on with the rest",
                        part.getClass().getSimpleName(),
                        e);
            }
        }
    }

    /** Ends what was started before {@code failure} kept the rest from starting. */
    public void closeAfter(Throwable failure) {
        log.debug("ending what was started, because the rest cannot start", failure);
        close();
    }
}
