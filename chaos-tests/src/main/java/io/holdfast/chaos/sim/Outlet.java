package io.holdfast.chaos.sim;

/** An outlet of a power distribution unit that feeds a host. It stays off until somebody switches it on. */
final class Outlet implements PowerDevice.Switched {

    private final Host host;
    private boolean on = true;

    Outlet(Host host) {
        this.host = host;
    }

    @Override
    public boolean on() {
        return on;
    }

    @Override
    public void off(String asker) {
        if (on) {
            on = false;
            host.outletOff(asker);
        }
    }

    @Override
    public void restore(String asker) {
        if (!on) {
            on = true;
            host.switchedOn(asker);
        }
    }

    void switchOn() {
        on = true;
    }
}
