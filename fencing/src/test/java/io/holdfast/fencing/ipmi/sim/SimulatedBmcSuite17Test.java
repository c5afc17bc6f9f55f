package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.rmcp.Suite;

class SimulatedBmcSuite17Test extends SimulatedBmcContract {

    SimulatedBmcSuite17Test() {
        super(Suite.SUITE_17);
    }
}
