package io.holdfast.fencing.agents.core;

import java.util.Locale;

/** What an agent can be asked. */
public enum AgentAction {
    /** Describe yourself; touches no device. */
    METADATA,
    /** Is the device there, and does it let us in? */
    MONITOR,
    /** Has the host power? The only question whose answer can be part of a proof. */
    STATUS,
    /** Which plugs are there? */
    LIST,
    /** Cut the power. */
    OFF,
    /** Give power again. */
    ON;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
