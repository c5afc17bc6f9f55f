package io.holdfast.model;

/** What the owner of an instance wants when the host under it fails. The default is {@link #NONE}. */
public enum RecoveryPolicy {
    /** Fence the host, prove it, restart the instance elsewhere. */
    AUTOMATIC,
    /** Fence the host, prove it, tell the owner; move nothing unless asked. */
    NOTIFY,
    /** Leave the instance alone; an operator may still evacuate it by hand. */
    NONE
}
