package io.holdfast.membership;

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
    UNKNOWN
}
