package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.model.HostId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the datagram of a crashed kernel to instances elsewhere, through a whole controller: the crashed host's power is never cut. */
@Timeout(180)
final class KernelCrashOnRealControllerTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final HostId H1 = HostId.of("h1");
    private static final byte[] MESSAGE = {0x40, 0x2A, 0x30, 0x1B, 1, 0, 0, 0};

    @TempDir
    Path home;

    private final SimulatedPower outlets = SimulatedPower.inRealTime((_, _) -> {});

    private static FencingSettings listening(int port) {
        FencingSettings fencing = FencingSettings.defaults();
        return new FencingSettings(
                Map.of("crash", new FencingSettings.Kdump()),
                fencing.levels(),
                fencing.agents(),
                fencing.callTimeout(),
                fencing.readBackPause(),
                fencing.readBackPauseMax(),
                fencing.ordersMax(),
                fencing.checkInterval(),
                fencing.slot(),
                new KdumpSettings(
                        "127.0.0.1",
                        port,
                        Map.of("h1", List.of("127.0.0.11")),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        Duration.ZERO),
                fencing.sensors());
    }

    /** The crash first, the outlet behind it; the outlet goes on giving power, whatever became of the kernel. */
    private FenceDevices devices(FenceDevice kdump) {
        outlets.restorePower(H1);
        return new FenceDevices(
                Map.of("crash", kdump, "outlet", outlets.device(H1)),
                Map.of(
                        "h1",
                        List.of(
                                new FencingSettings.Level(List.of("crash"), null, null, Duration.ofSeconds(8)),
                                new FencingSettings.Level(List.of("outlet"), null, null, null))));
    }

    private static void say(int port) {
        try (DatagramSocket from = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.11"), 0))) {
            from.send(new DatagramPacket(MESSAGE, MESSAGE.length, InetAddress.ofLiteral("127.0.0.1"), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (DatagramSocket any = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            return any.getLocalPort();
        }
    }

    private void onceH1HasCrashed(boolean speaks, BiConsumer<ControllerConsole, Controller> then) throws Exception {
        int port = freePort();
        ControllerConsole console = new ControllerConsole(home);
        ControllerSettings settings = console.settings(listening(port));
        try (SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(100));
                SimulatedRack rack = SimulatedRack.of(3, home.resolve("hosts"), storage, settings);
                Controller controller = Controller.start(
                        settings, SecretReader.ofCommand(Map.of()), () -> new RackWithDevices(rack, this::devices));
                ScheduledExecutorService kernel = Executors.newSingleThreadScheduledExecutor()) {
            rack.powerOnAll();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(console.said(controller, "host", "list")
                                    .lines()
                                    .filter(line -> line.contains("ALIVE")))
                            .hasSize(3));
            rack.pullPlug(H1);
            if (speaks) {
                var _ = kernel.scheduleWithFixedDelay(() -> say(port), 0, 200, TimeUnit.MILLISECONDS);
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(console.said(controller, "case", "list"))
                            .contains("h1")
                            .contains("RECOVERED"));
            then.accept(console, controller);
            kernel.shutdownNow();
        }
    }

    @Test
    void whoSaysThatItCrashedIsRecoveredAndKeepsItsPower() throws Exception {
        onceH1HasCrashed(true, (console, controller) -> {
            assertThat(console.said(controller, "case", "explain", "h1"))
                    .contains("KERNEL_CRASHED", "fence_kdump_send");
            assertThat(outlets.hasPower(H1)).as("nobody cut it").isTrue();
        });
    }

    @Test
    void whoSaysNothingIsSwitchedOffByTheNextLevel() throws Exception {
        onceH1HasCrashed(false, (console, controller) -> {
            assertThat(console.said(controller, "case", "explain", "h1")).doesNotContain("KERNEL_CRASHED");
            assertThat(outlets.hasPower(H1)).isFalse();
        });
    }
}
