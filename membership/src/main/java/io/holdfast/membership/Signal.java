package io.holdfast.membership;

/** The independent ways by which we know of a host. */
public enum Signal {
    /** The agent's ZooKeeper session. */
    LEASE,
    /** The agent's place in the segment's group view. */
    GROUP,
    /** Whether the host's own network stack answers when the agent's port is called: accepts, refuses, or silence. */
    PROBE,
    /** What the host's power device reads. */
    POWER,
    /** Somebody called force-down. */
    WORD
}
