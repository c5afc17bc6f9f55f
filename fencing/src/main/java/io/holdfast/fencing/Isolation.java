package io.holdfast.fencing;

import java.time.Duration;

/**
 * What a device says when it is asked whether a host is isolated.
 *
 * <p>There are two kinds of devices. One cuts the power and reads it. The other cannot: it tells the host to stop itself, watches it, and
 * knows after a time that it has. "Off" would be a lie there, so its answers have names of their own.
 */
public sealed interface Isolation {

    /** For people: what was asked or seen, and what came of it. Never contains a secret. */
    String detail();

    /** How long the answer took. */
    Duration took();

    /** The answer of a device that reads power. */
    record Power(PowerReading reading) implements Isolation {
        @Override
        public String detail() {
            return reading.detail();
        }

        @Override
        public Duration took() {
            return reading.took();
        }
    }

    /** The host has certainly stopped itself, and nothing of that life of it will run again. */
    record SelfFenced(String detail, Duration took) implements Isolation {}

    /** The host says that its kernel has crashed: nothing that ran in that life of it runs any more, whatever its power is. */
    record Crashed(String detail, Duration took) implements Isolation {}

    /**
     * The host is silent, and not yet for long enough.
     *
     * @param left how much longer, if it stays silent
     * @param told whether the order to stop stands where the host would read it
     */
    record Silent(Duration left, boolean told, String detail, Duration took) implements Isolation {}

    /**
     * Nothing can be concluded now: the host may be alive, or cannot be seen. That may change.
     *
     * @param told whether the order to stop stands where the host would read it
     */
    record Unproven(boolean told, String detail, Duration took) implements Isolation {}

    /** Whatever is seen later, this device will prove nothing about this life of the host. */
    record Unprovable(String detail, Duration took) implements Isolation {}
}
