package io.holdfast.membership.health;

import java.util.Locale;

/** What follows from a row. */
public enum Reaction {
    /** Operators are told, and the owners of what lives there. */
    TELL,
    /** Nothing new is placed there, by nobody. */
    STOP_PLACING,
    /** Its agent is asked to start the hypervisor's daemon again. */
    RESTART_LIBVIRTD,
    /** Its guests should move elsewhere while they live. Told and written down; nobody moves them yet. */
    DRAIN,
    /** It is fenced, and what ran there is recovered. */
    FENCE;

    /** As it is written in the settings. */
    public String written() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
