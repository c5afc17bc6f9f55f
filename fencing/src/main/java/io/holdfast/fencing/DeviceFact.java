package io.holdfast.fencing;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a device says besides the power when it is asked without harm. What it means is judged elsewhere. */
public sealed interface DeviceFact {

    /** For people: what was asked and what came back. Never contains a secret. */
    String detail();

    /** How long the answer took. */
    Duration took();

    /** Whether the account that we log in with may cut the power. */
    record Rights(Answer answer, String detail, Duration took) implements DeviceFact {

        /** What the device says of it. */
        public enum Answer {
            GRANTED,
            DENIED,
            /** It names rights that are its maker's own, and not the usual one. */
            DOUBTFUL,
            /** It does not say. */
            UNTOLD
        }
    }

    /**
     * The device's clock.
     *
     * @param time what it shows; null if the device has none, or does not say
     */
    record Clock(@Nullable Instant time, String detail, Duration took) implements DeviceFact {}

    /** Whether the device is there and lets us in, for devices that have a question of their own for that. */
    record Contact(boolean made, String detail, Duration took) implements DeviceFact {}

    /** One thing that has to be so, or else nobody could know that the host has stopped itself. */
    record SelfFence(boolean good, String detail, Duration took) implements DeviceFact {}

    /** Whether messages of its crashed kernel would be heard. */
    record Listening(boolean good, String detail, Duration took) implements DeviceFact {}

    /** It gave its power and then no answer to anything else. */
    record Silence(String detail, Duration took) implements DeviceFact {}
}
