package io.holdfast.compute;

import java.util.Locale;
import java.util.Optional;

/** What a guest's watchdog device does when it is not petted in time. The words are Nova's, and {@code notify}. */
public enum WatchdogAction {
    /** There is no such device. */
    DISABLED,
    /** The guest's processor begins anew, as by a reset button. */
    RESET,
    /** The guest's power is cut. */
    POWEROFF,
    /** The guest stands still, for somebody to look at it. */
    PAUSE,
    /** Nothing, and nobody is told. */
    NONE,
    /** Nothing, and its owner is told. */
    NOTIFY;

    /** As it is written in extra specs and properties. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<WatchdogAction> parse(String word) {
        for (WatchdogAction action : values()) {
            if (action.word().equals(word)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }
}
