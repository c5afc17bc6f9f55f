package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.Needs;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.redfish.StockFenceRedfish.Said;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.model.PowerState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same as {@link OneMachineTest} with a client of Redfish that we have not written. */
@Needs(value = "fence_redfish", in = "fence-agents")
class StockClientsOfOneMachineTest {

    private static final Duration CALL = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void fenceRedfishAndIpmiSwitchTheSamePower(Vendor vendor) throws Exception {
        StockFenceRedfish stock = new StockFenceRedfish(directory);
        try (OneMachine machine = OneMachine.of(vendor)) {
            int port = machine.front().port();
            assertThat(machine.byIpmi().powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
            assertThat(stock.run(port, "status", Bench.PASSWORD)).isEqualTo(new Said(2, "Status: OFF"));

            assertThat(stock.run(port, "on", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered ON"));
            assertThat(machine.byIpmi().readPower(CALL).state()).isEqualTo(PowerState.ON);

            assertThat(stock.run(port, "off", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered OFF"));
            assertThat(machine.byIpmi().readPower(CALL).state()).isEqualTo(PowerState.OFF);
        }
    }
}
