package io.holdfast.server.demo;

import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A whole controller over three hosts in memory, for clients that know nothing but its address and the first password. */
final class CloudInMemory implements AutoCloseable {

    private final Path home;
    private final Closing closing = new Closing();
    private final String url;

    /** @param home of the controller's files; empty */
    CloudInMemory(Path home) throws Exception {
        this.home = home;
        try {
            ControllerSettings settings = new ControllerConsole(home).settings(FencingSettings.defaults());
            SimulatedStorage storage = closing.add(new SimulatedStorage(Duration.ofMillis(100)));
            SimulatedRack rack = closing.add(SimulatedRack.of(3, home.resolve("hosts"), storage, settings));
            Controller controller =
                    closing.add(Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack));
            rack.powerOnAll();
            url = "http://127.0.0.1:" + controller.apiPort();
        } catch (Exception e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    /** Without a slash at its end. */
    String url() {
        return url;
    }

    /** The file with the password of the user {@code admin}. */
    Path password() {
        return home.resolve("controller/admin-password");
    }

    /** The content of an image without any data, of 1 MiB. */
    static byte[] qcow2() {
        return ByteBuffer.allocate(65536)
                .putInt(0, 0x514649fb)
                .putInt(4, 3)
                .putLong(24, 1 << 20)
                .array();
    }

    @Override
    public void close() {
        closing.close();
    }
}
