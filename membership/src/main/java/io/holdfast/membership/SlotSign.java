package io.holdfast.membership;

import java.time.Duration;

/**
 * What a controller sees of a host's slot on the shared storage, by its own clock. A slot says that somebody on the host writes,
 * whatever its networks do; one that cannot be read says nothing.
 */
public sealed interface SlotSign {

    /**
     * It changed when it was looked at last.
     *
     * @param boot the boot of the host that writes it
     * @param by who reads it for this controller; empty when it does so itself
     */
    record Beating(String boot, String by) implements SlotSign {

        /** As this controller reads it itself. */
        public Beating(String boot) {
            this(boot, "");
        }
    }

    /**
     * It was read, and has not changed for a while.
     *
     * @param boot the boot of the host that wrote it last
     * @param still since the last change that this controller saw itself, not negative
     */
    record Still(String boot, Duration still) implements SlotSign {}

    /** It could not be read: no sign, neither for the host nor against it. */
    record Unreadable(String reason) implements SlotSign {}

    /** In words. */
    default String text() {
        return switch (this) {
            case Beating beating -> beating.by().isEmpty() ? "beating" : "beating, as " + beating.by() + " reads it";
            case Still still -> "still for " + still.still().toMillis() + " ms";
            case Unreadable unreadable -> "unreadable: " + unreadable.reason();
        };
    }
}
