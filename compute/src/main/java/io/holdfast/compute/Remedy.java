package io.holdfast.compute;

/** What an agent may do about its own host, where its operator has said how. */
public enum Remedy {
    /** Start the hypervisor's daemon again. Guests live on: they are processes of their own. */
    RESTART_LIBVIRT
}
