package io.holdfast.lab;

/** What a hand at the rack can do to a host's power. The BMC does the first two as well, when it is asked over IPMI. */
public enum PowerAction {
    /** Power is lost, silently: first the switch port, then every process at once. The BMC lives on. */
    PULL_PLUG,
    /** The host gets power and boots; its port gets link unless the cable is cut. No effect on a host that has power. */
    PRESS_ON,
    /** {@link #PULL_PLUG} and {@link #PRESS_ON} in one step. */
    RESET
}
