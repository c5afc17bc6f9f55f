package io.holdfast.compute;

/** What was last reported of an instance. Soft: the agent of its home is the only witness. */
public enum ActualState {
    /** Never reported yet; its disk is being made or it is starting for the first time. */
    BUILDING,
    RUNNING,
    /** Not running, as its goal wants or because its guest shut itself down. */
    STOPPED,
    /** Its guest is there, and was halted for its goal. */
    PAUSED,
    /** Not running, and its memory is kept. */
    SUSPENDED,
    /** Could not be started, or its process died; the fault says why. */
    FAILED,
    /** Its home does not answer. It may be running; it must be treated as running. */
    UNKNOWN,
    DELETED
}
