package io.holdfast.membership;

/** What calling the agent's port says about the host below it. */
public enum Reachability {
    /** Somebody accepted: the host's kernel lives, and so does a socket of the agent (perhaps not the agent itself). */
    ACCEPTED,
    /** The host's kernel refused: it lives, the agent does not listen. */
    REFUSED,
    /** Nobody answered within the deadline. */
    SILENT,
    /** Not asked, or our own side failed before a packet left: nothing may be concluded. */
    UNKNOWN
}
