package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.model.HostId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a fan of a simulated BMC, over IPMI, to what operators see and are told. */
@Timeout(180)
final class HardwareOnRealControllerTest {

    private static final Duration SOON = Duration.ofSeconds(40);
    private static final Secret PASSWORD = Secret.ofPassword("s3cret");

    @TempDir
    Path home;

    private static FencingSettings looking() {
        FencingSettings fencing = FencingSettings.defaults();
        return new FencingSettings(
                fencing.devices(),
                fencing.levels(),
                fencing.agents(),
                fencing.callTimeout(),
                fencing.readBackPause(),
                fencing.readBackPauseMax(),
                fencing.ordersMax(),
                fencing.checkInterval(),
                fencing.slot(),
                fencing.kdump(),
                new SensorSettings(Duration.ofSeconds(10), Duration.ofSeconds(5)));
    }

    @Test
    void aFanThatFailsDegradesItsHostAndIsToldOnce() throws Exception {
        ControllerConsole console = new ControllerConsole(home);
        ControllerSettings settings = console.settings(looking());
        BmcIdentity identity = BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR));
        try (SimulatedBmc bmc = SimulatedBmc.start(new InetSocketAddress("127.0.0.1", 0), identity, 1);
                SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(100));
                SimulatedRack rack = SimulatedRack.of(2, home.resolve("hosts"), storage, settings)) {
            Login login = new Login("fencer", PASSWORD, null, Suite.SUITE_17, Privilege.OPERATOR);
            FenceDevices devices = FenceDevices.one(
                    Map.of(HostId.of("h1"), new IpmiDevice(new BmcClient(), "127.0.0.1", bmc.port(), login)));
            try (Controller controller = Controller.start(
                    settings, SecretReader.ofCommand(Map.of()), () -> new RackWithDevices(rack, _ -> devices))) {
                rack.powerOnAll();
                SimulatedHardware hardware = bmc.chassis().hardware();
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(console.said(controller, "host", "show", "h1"))
                                .containsIgnoringCase("hardware")
                                .contains("ipmi 127.0.0.1:" + bmc.port())
                                .contains("good: 9 components good")
                                .contains("ALIVE"));

                hardware.set("Fan 1", 0);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(console.said(controller, "host", "show", "h1"))
                                .contains("DEGRADED", "hardware-bad", "bad: Fan 1 0 RPM: below the critical limit"));
                assertThat(console.said(controller, "host", "show", "h2"))
                        .contains("ALIVE")
                        .doesNotContain("RPM");
                await().atMost(SOON)
                        .untilAsserted(
                                () -> assertThat(told(console, controller)).isEqualTo(1));

                hardware.set("Fan 1", 5400);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(console.said(controller, "host", "show", "h1"))
                                .contains("ALIVE"));
                await().atMost(SOON)
                        .untilAsserted(
                                () -> assertThat(told(console, controller)).isEqualTo(2));
                assertThat(console.said(controller, "case", "list"))
                        .as("nothing is fenced for it")
                        .doesNotContain("h1");
            }
        }
    }

    private static long told(ControllerConsole console, Controller controller) {
        return console.said(controller, "event", "list")
                .lines()
                .filter(line -> line.contains("host.hardware"))
                .count();
    }
}
