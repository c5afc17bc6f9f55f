package io.holdfast.membership;

import java.util.Optional;

/** What a call of the host itself, past its agent, says about it. */
public enum Reachability {
    /** The agent's supervisor answered a question: processes run on the host, the agent's among them (perhaps hung). */
    ANSWERED,
    /**
     * The supervisor's port accepts, and nobody behind it answers within the deadline: a kernel that accepts, and no process
     * that runs. Said only of a host that has a supervisor.
     */
    MUTE,
    /** Somebody accepted: the host's kernel lives, and so does a socket of the agent (perhaps not the agent itself). */
    ACCEPTED,
    /** The host lives and its agent does not run: its kernel refuses the call, or its supervisor says so. */
    REFUSED,
    /** Nobody answered within the deadline. */
    SILENT,
    /** Not asked, or our own side failed before a packet left: nothing may be concluded. */
    UNKNOWN;

    /** What it says for the host's life, in words; empty when it says nothing for it. */
    public Optional<String> signOfLife() {
        return switch (this) {
            case ANSWERED -> Optional.of("its supervisor answers");
            case MUTE -> Optional.of("accepts connections, though none of its processes answers");
            case ACCEPTED -> Optional.of("accepts connections");
            case REFUSED -> Optional.of("refuses connections: the kernel lives");
            case SILENT, UNKNOWN -> Optional.empty();
        };
    }
}
