package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.rmcp.Suite;

class SimulatedBmcSuite3Test extends SimulatedBmcContract {

    SimulatedBmcSuite3Test() {
        super(Suite.SUITE_3);
    }
}
