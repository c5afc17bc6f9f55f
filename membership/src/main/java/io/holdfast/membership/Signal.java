package io.holdfast.membership;

/** The independent ways by which we know of a host. */
public enum Signal {
    /** The agent's ZooKeeper session. */
    LEASE("zookeeper"),
    /** The agent's place in the segment's group view, on each network that has a group. */
    GROUP(Network.MANAGEMENT.name()),
    /** Whether the host's own network stack answers when the agent's port is called: accepts, refuses, or silence. */
    PROBE("a call of the host"),
    /** What the host's power device reads. */
    POWER("power device"),
    /** Whether somebody on the host writes its slot on the shared storage. */
    SLOT("storage slot"),
    /** Whether disks of its guests are written, as others see them on the shared storage. */
    GUESTS("guests' disks"),
    /** What the agent says of its own host. */
    HEALTH("agent"),
    /** What the host's management controller says of its fans, temperatures and power supplies. */
    HARDWARE("management controller"),
    /** Somebody called force-down. */
    WORD("caller");

    private final String source;

    Signal(String source) {
        this.source = source;
    }

    /** Who says it, where there is only one who can. */
    public String source() {
        return source;
    }
}
