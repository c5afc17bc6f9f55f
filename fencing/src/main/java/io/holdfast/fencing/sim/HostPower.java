package io.holdfast.fencing.sim;

/**
 * The power of one machine, as a simulated management controller has it in hand. Several controllers, each with a language of its own,
 * may have the same in hand. Any thread may call.
 */
public interface HostPower {

    boolean hasPower();

    /** Switches it. Returns when that is done; twice is once. */
    void power(boolean on);
}
