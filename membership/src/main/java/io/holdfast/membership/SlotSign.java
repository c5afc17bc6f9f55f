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
     */
    record Beating(String boot) implements SlotSign {}

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
            case Beating _ -> "beating";
            case Still still -> "still for " + still.still().toMillis() + " ms";
            case Unreadable unreadable -> "unreadable: " + unreadable.reason();
        };
    }
}
