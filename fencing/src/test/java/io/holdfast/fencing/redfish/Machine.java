package io.holdfast.fencing.redfish;

import io.holdfast.fencing.sim.HostPower;

/** A host that has power or not. */
final class Machine implements HostPower {

    private volatile boolean on = true;

    @Override
    public boolean hasPower() {
        return on;
    }

    @Override
    public void power(boolean wanted) {
        on = wanted;
    }
}
