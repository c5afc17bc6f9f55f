package io.holdfast.fencing.redfish.sim;

/** The power of one host, as its management controller has it in hand. Any thread may call. */
public interface HostPower {

    boolean hasPower();

    /** Switches it. Returns when that is done; twice is once. */
    void power(boolean on);
}
