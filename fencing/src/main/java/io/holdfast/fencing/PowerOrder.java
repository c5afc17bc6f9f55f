package io.holdfast.fencing;

import java.time.Duration;

/**
 * A device's word on an order to cut power.
 *
 * @param answer what it said
 * @param detail for people
 * @param took how long it took
 */
public record PowerOrder(Answer answer, String detail, Duration took) {

    /** The three things a device can say, none of which proves that the power is off. */
    public enum Answer {
        /** It took the order. */
        ACCEPTED,
        /** It answered and would not: wrong password, missing privilege, failed command. */
        REFUSED,
        /** It did not answer in time. The order may or may not have been carried out. */
        NO_ANSWER
    }
}
