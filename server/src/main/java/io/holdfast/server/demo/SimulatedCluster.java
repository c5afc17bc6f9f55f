package io.holdfast.server.demo;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/**
 * A whole controller (its database, its APIs, everything that decides) over large hosts that exist only in memory; for measurements of what
 * is real in it. Lives in a directory of its own until it is closed.
 */
public final class SimulatedCluster implements AutoCloseable {

    /** Guests that write all the time would be measured, too. */
    private static final Duration BEAT = Duration.ofMinutes(10);

    private final SimulatedStage stage;

    private SimulatedCluster(SimulatedStage stage) {
        this.stage = stage;
    }

    /**
     * Starts it; blocks until the API answers.
     *
     * @param each what one of the hosts has
     */
    public static SimulatedCluster open(int hosts, Resources each) throws Exception {
        return new SimulatedCluster(SimulatedStage.open(hosts, each, BEAT));
    }

    public URI api() {
        return stage.api();
    }

    /** A token of the settings. */
    public String adminToken() {
        return stage.adminToken();
    }

    /** Of the user {@code admin} of the identity service. */
    public String adminPassword() throws IOException {
        return stage.adminPassword();
    }

    /** What is needed to register the one image file there is. */
    public String imageFile() {
        return String.valueOf(stage.image().get("file"));
    }

    /** A host loses its power, at once and without a word. */
    public void powerOff(String host) {
        stage.fail(HostId.of(host), Failure.POWER);
    }

    /** It gets it back, and boots. */
    public void powerOn(String host) {
        stage.mend(HostId.of(host), Failure.POWER);
    }

    @Override
    public void close() {
        stage.close();
    }
}
