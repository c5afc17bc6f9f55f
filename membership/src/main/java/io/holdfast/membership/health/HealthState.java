package io.holdfast.membership.health;

/** What a row calls a host. */
public enum HealthState {
    /** All is well. */
    ALIVE,
    /** Something is missing, and nothing is concluded yet. */
    SUSPECTED,
    /** It lives, and something on it does not. */
    DEGRADED,
    /** It lives, and no network reaches it. */
    ISOLATED,
    /** Condemned. */
    LOST
}
