package io.holdfast.fencing;

/**
 * Asked immediately before each order to cut the power: has the reason for it gone? An attempt takes seconds from its first
 * reading to its order, and the host may have come back in them.
 */
@FunctionalInterface
public interface CallOff {

    /** Nothing can call it off. */
    CallOff NEVER = () -> "";

    /**
     * Why nothing may be ordered any more, for people; empty while nothing speaks against it. Answers from memory, without
     * blocking, on any thread. If it throws, nothing is ordered.
     */
    String reason();

    /** The same for a device whose order changes nothing at the host: what speaks only against cutting its power does not count. */
    default String reasonAgainstAsking() {
        return reason();
    }
}
