package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is switched in one language is read in the other. */
class OneMachineTest {

    private static final Duration CALL = Duration.ofSeconds(10);

    private static void bothRead(OneMachine machine, PowerState wanted) {
        assertThat(machine.byIpmi().readPower(CALL).state()).isEqualTo(wanted);
        assertThat(machine.byRedfish().readPower(CALL).state()).isEqualTo(wanted);
    }

    private static void accepted(PowerOrder order) {
        assertThat(order.answer()).as(order.detail()).isEqualTo(PowerOrder.Answer.ACCEPTED);
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatIsSwitchedByOneIsReadByTheOther(Vendor vendor) throws IOException {
        try (OneMachine machine = OneMachine.of(vendor)) {
            FenceDevice ipmi = machine.byIpmi();
            FenceDevice redfish = machine.byRedfish();
            bothRead(machine, PowerState.ON);

            accepted(ipmi.powerOff(CALL));
            bothRead(machine, PowerState.OFF);
            accepted(redfish.powerOn(CALL));
            bothRead(machine, PowerState.ON);

            accepted(redfish.powerOff(CALL));
            bothRead(machine, PowerState.OFF);
            accepted(ipmi.powerOn(CALL));
            bothRead(machine, PowerState.ON);

            assertThat(machine.bmc().chassis().orders())
                    .as("each controller has its own orders")
                    .containsExactly(ChassisAct.OFF, ChassisAct.ON);
        }
    }

    @Test
    void theSameHardwareIsToldByBoth() throws IOException {
        try (OneMachine machine = OneMachine.of(Vendor.PLAIN)) {
            machine.bmc().chassis().hardware().set("Fan 1", 0);
            machine.bmc().chassis().hardware().fault(SimulatedHardware.Fault.COOLING, true);

            assertThat(machine.byIpmi().hardware(CALL).grade()).isEqualTo(HardwareHealth.Grade.BAD);
            assertThat(machine.byRedfish().hardware(CALL).grade()).isEqualTo(HardwareHealth.Grade.BAD);
        }
    }
}
