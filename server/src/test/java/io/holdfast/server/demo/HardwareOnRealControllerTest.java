package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.ApiSettings;
import io.holdfast.compute.ComputeSettings;
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
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.HostId;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.store.StoreSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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

    private ControllerSettings settings(NewToken admin) throws Exception {
        FencingSettings fencing = FencingSettings.defaults();
        return new ControllerSettings(
                home.resolve("controller"),
                "simulated",
                "default",
                null,
                SecretSettings.defaults(),
                StoreSettings.defaults(),
                MembershipSettings.defaults().withGrace(Duration.ofSeconds(2)),
                new FencingSettings(
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
                        new SensorSettings(Duration.ofSeconds(10), Duration.ofSeconds(5))),
                SchedulerSettings.defaults(),
                ComputeSettings.defaults().at(Files.createDirectories(home.resolve("shared"))),
                RecoverySettings.defaults(),
                NotificationSettings.defaults(),
                ApiSettings.defaults()
                        .listening(
                                "127.0.0.1",
                                0,
                                List.of(new ApiSettings.Token(
                                        "admin", ApiSettings.Role.ADMIN, "admin", admin.hash()))));
    }

    private String ok(Controller controller, String... arguments) {
        StringWriter out = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                Map.of(
                        "HOLDFAST_URL",
                        "http://127.0.0.1:" + controller.apiPort(),
                        "HOLDFAST_TOKEN_FILE",
                        home.resolve("token").toString()),
                home,
                160,
                false,
                InstantSource.system());
        HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
        return out.toString();
    }

    @Test
    void aFanThatFailsDegradesItsHostAndIsToldOnce() throws Exception {
        NewToken admin = NewToken.random();
        Path token = Files.writeString(home.resolve("token"), admin.token());
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        ControllerSettings settings = settings(admin);
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
                        .untilAsserted(() -> assertThat(ok(controller, "host", "show", "h1"))
                                .containsIgnoringCase("hardware")
                                .contains("ipmi 127.0.0.1:" + bmc.port())
                                .contains("good: 9 components good")
                                .contains("ALIVE"));

                hardware.set("Fan 1", 0);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(ok(controller, "host", "show", "h1"))
                                .contains("DEGRADED", "hardware-bad", "bad: Fan 1 0 RPM: below the critical limit"));
                assertThat(ok(controller, "host", "show", "h2"))
                        .contains("ALIVE")
                        .doesNotContain("RPM");
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(told(controller)).isEqualTo(1));

                hardware.set("Fan 1", 5400);
                await().atMost(SOON)
                        .untilAsserted(() ->
                                assertThat(ok(controller, "host", "show", "h1")).contains("ALIVE"));
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(told(controller)).isEqualTo(2));
                assertThat(ok(controller, "case", "list"))
                        .as("nothing is fenced for it")
                        .doesNotContain("h1");
            }
        }
    }

    private long told(Controller controller) {
        return ok(controller, "event", "list")
                .lines()
                .filter(line -> line.contains("host.hardware"))
                .count();
    }
}
