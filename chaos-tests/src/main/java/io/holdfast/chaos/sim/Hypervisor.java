package io.holdfast.chaos.sim;

/** The hypervisor daemon of a host, as its agent meets it: it may be away, and it may refuse a number of times. */
public final class Hypervisor {

    private boolean up = true;
    private int failingStarts;
    private int failingStops;

    /** While it is away nothing starts and nothing is stopped; guests run on. */
    public void up(boolean now) {
        up = now;
    }

    /** @param times how many of the next starts fail */
    public void failStarts(int times) {
        failingStarts = times;
    }

    /** @param times how many of the next attempts to stop a guest fail; the agent tries again */
    public void failStops(int times) {
        failingStops = times;
    }

    boolean answers() {
        return up;
    }

    boolean refusesStart() {
        return failingStarts > 0 && failingStarts-- > 0;
    }

    boolean refusesStop() {
        return failingStops > 0 && failingStops-- > 0;
    }
}
