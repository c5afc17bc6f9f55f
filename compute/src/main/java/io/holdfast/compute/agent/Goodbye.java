package io.holdfast.compute.agent;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an agent that stops may take its host's leave. Nobody concludes anything from the silence of a host that left, so
 * a guest that still runs there would die unnoticed.
 */
public final class Goodbye {

    private static final Logger log = LoggerFactory.getLogger(Goodbye.class);

    private Goodbye() {}

    /**
     * Whether a guest may run here. A hypervisor that does not answer has not said that none does. Blocks for as long as a
     * call to it may take.
     */
    public static boolean guestsMayRun(HypervisorDriver driver) {
        try {
            return driver.guests().stream().anyMatch(Guest::running);
        } catch (DriverException e) {
            log.warn("cannot tell whether guests run, so they may: {}", e.getMessage());
            return true;
        }
    }
}
