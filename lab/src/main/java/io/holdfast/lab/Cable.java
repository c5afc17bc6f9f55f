package io.holdfast.lab;

import java.util.Locale;

/** How the one cable of a host, or of its BMC, is in a network. */
public enum Cable {
    /** Whole. Without power at its end there is no link all the same. */
    UP,
    /** No link, so that nothing goes in either direction. */
    DOWN,
    /** There is link, and what is sent to this end is lost; what it sends itself arrives. */
    DEAF,
    /** There is link, and what this end sends is lost; what is sent to it arrives. */
    MUTE;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
