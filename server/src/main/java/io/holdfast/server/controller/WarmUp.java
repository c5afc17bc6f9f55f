package io.holdfast.server.controller;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a controller do once, without effect and while nothing is urgent, what it does when it has to take over. The first time
 * a process loads classes for a second, and on a busy machine for several; a case whose leader has died would wait for that.
 */
final class WarmUp implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

    private final BooleanSupplier rehearsal;
    private final Duration interval;
    private final Thread rehearses = Thread.ofVirtual().name("warm-up").unstarted(this::run);

    /**
     * @param rehearsal returns whether everything could be done; asked again otherwise, and after it threw
     * @param interval between two tries
     */
    WarmUp(BooleanSupplier rehearsal, Duration interval) {
        this.rehearsal = rehearsal;
        this.interval = interval;
    }

    void start() {
        rehearses.start();
    }

    private void run() {
        while (!rehearsed()) {
            try {
                Thread.sleep(interval);
            } catch (InterruptedException closed) {
                return;
            }
        }
        log.debug("everything that a leader does first was done once");
    }

    private boolean rehearsed() {
        try {
            return rehearsal.getAsBoolean();
        } catch (RuntimeException away) {
            // Nobody waits for it; whoever needs what is away says so in its own words.
            log.debug("asked again later: {}", away.toString());
            return false;
        }
    }

    boolean hasEnded() {
        return !rehearses.isAlive();
    }

    @Override
    public void close() {
        rehearses.interrupt();
    }
}
