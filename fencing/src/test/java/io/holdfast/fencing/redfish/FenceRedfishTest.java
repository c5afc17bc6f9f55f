package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.Needs;
import io.holdfast.fencing.redfish.StockFenceRedfish.Said;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The front against a client that we have not written. */
@Needs(value = "fence_redfish", in = "fence-agents")
class FenceRedfishTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void switchesAndReadsWhatWeSwitchAndRead(Vendor vendor) throws Exception {
        try (Bench bench = Bench.of(vendor, "1")) {
            assertThat(run(bench, "status", Bench.PASSWORD)).isEqualTo(new Said(0, "Status: ON"));
            assertThat(run(bench, "off", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered OFF"));
            assertThat(bench.machine().hasPower()).isFalse();
            assertThat(run(bench, "status", Bench.PASSWORD)).isEqualTo(new Said(2, "Status: OFF"));
            assertThat(run(bench, "on", Bench.PASSWORD)).isEqualTo(new Said(0, "Success: Powered ON"));
            assertThat(bench.machine().hasPower()).isTrue();

            assertThat(run(bench, "status", "wrong").code()).isEqualTo(1);
            bench.front().fault(new FrontFault.Lying());
            assertThat(run(bench, "off", Bench.PASSWORD).code()).isEqualTo(1);
            assertThat(bench.machine().hasPower()).isTrue();
        }
    }

    private Said run(Bench bench, String action, String password) throws Exception {
        return new StockFenceRedfish(directory).run(bench.front().port(), action, password);
    }
}
