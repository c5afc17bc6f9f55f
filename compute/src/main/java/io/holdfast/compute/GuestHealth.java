package io.holdfast.compute;

/** What a guest's heartbeat says of it, as far as its host has heard. */
public enum GuestHealth {
    /** It has said nothing since it was started, or this host's agent has not heard it yet. */
    UNKNOWN,
    HEALTHY,
    UNHEALTHY,
    /** It has promised to speak and does not. */
    SILENT,
    /** It has said goodbye: nothing is concluded from its silence until it speaks again. */
    LEFT
}
