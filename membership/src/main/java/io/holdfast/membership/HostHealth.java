package io.holdfast.membership;

/** What membership holds of a host. */
public enum HostHealth {
    /** All signals are good. */
    ALIVE,
    /** A signal is missing; not condemned, not touched, and no new instances are placed there. */
    SUSPECTED,
    /** The host lives but something on it does not (its agent, for one). Its guests run on. */
    DEGRADED,
    /** No network reaches the host, and its slot on the shared storage beats: it lives, and nobody can use it. */
    ISOLATED,
    /** Condemned: power reads off, independent signals agree past their time, or somebody's word. */
    LOST,
    /** Left on purpose (clean stop of the agent) or never seen: nothing is concluded. */
    ABSENT
}
