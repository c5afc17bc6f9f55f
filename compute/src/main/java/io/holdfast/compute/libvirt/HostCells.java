package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Processors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks libvirt for the host's cells when the agent starts. An agent whose libvirt is away comes all the same, as before: what libvirt said
 * last is on the host's own disk.
 */
public final class HostCells {

    private static final Logger log = LoggerFactory.getLogger(HostCells.class);

    /** Whoever starts again while its libvirt hangs must not lose the host its lease over what it knows already. */
    private static final Duration KNOWN_LIMIT = Duration.ofSeconds(2);

    private HostCells() {}

    /**
     * The host's cells; none when libvirt cannot be asked and never could, on a host without dedicated processors.
     *
     * @param stateDirectory on the host's own disk
     * @throws IOException when the state directory fails, or when the host has dedicated processors and libvirt could never be asked
     * @throws IllegalArgumentException when the settings name a processor that the host has not
     */
    public static HostTopology read(AgentSettings settings, Path stateDirectory) throws IOException {
        SortedSet<Integer> dedicated = settings.dedicated();
        Path file = stateDirectory.resolve("capabilities.xml");
        @Nullable String known = Files.exists(file) ? Files.readString(file) : null;
        try {
            String now = ask(settings, known == null ? settings.driverTimeout() : KNOWN_LIMIT);
            if (!now.equals(known)) {
                Path beside = stateDirectory.resolve("capabilities.xml.new");
                Files.writeString(beside, now);
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return Capabilities.topology(now, dedicated);
        } catch (DriverException e) {
            if (known != null) {
                log.warn("the cells of this host are taken to be what they were: {}", e.getMessage());
                return Capabilities.topology(known, dedicated);
            }
            if (!dedicated.isEmpty()) {
                throw new IOException(
                        "agent.cpu-dedicated-set is " + Processors.text(dedicated)
                                + ", and whether this host has those processors cannot be asked: " + e.getMessage(),
                        e);
            }
            log.warn(
                    "nobody who wants processors or pages of its own is placed here until the agent starts again: {}",
                    e.getMessage());
            return HostTopology.NONE;
        }
    }

    private static String ask(AgentSettings settings, Duration limit) throws DriverException {
        String doing = "asking for the cells of this host";
        try (LibvirtCalls calls = new LibvirtCalls(limit, 1)) {
            return calls.call(doing, () -> {
                Connect connect = connect(settings.libvirtUri());
                try {
                    return connect.getCapabilities();
                } finally {
                    connect.close();
                }
            });
        }
    }

    private static Connect connect(String uri) throws LibvirtException, DriverException {
        try {
            return new Connect(uri, true);
        } catch (UnsatisfiedLinkError e) {
            throw new DriverException(
                    "libvirt's library cannot be loaded (" + e.getMessage() + "); install libvirt0", e);
        }
    }
}
