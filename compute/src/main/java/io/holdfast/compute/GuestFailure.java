package io.holdfast.compute;

/** How a guest can fail while its host is well. */
public enum GuestFailure {
    /** Its kernel panicked, and said so by the panic device. */
    PANICKED,
    /** Its watchdog device was not petted in time. What is done about it the device itself does. */
    WATCHDOG,
    /** Its process is gone, and nobody had ordered that. */
    LOST,
    /** It shut itself down. */
    STOPPED,
    /** Its heartbeat has ceased without a goodbye. */
    SILENT,
    /** It says of itself that it is not as it should be. */
    UNHEALTHY
}
