package io.holdfast.server.agent.health.core;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one round of probes brought.
 *
 * @param libvirt how many guests the daemon says that it runs
 * @param space of each file system that is watched
 * @param links of each network card that is watched
 */
public record Measures(
        Reading<Integer> libvirt,
        Reading<Access> storage,
        Reading<List<Space>> space,
        Reading<Memory> memory,
        Reading<Clock> clock,
        Reading<List<Link>> links) {

    /**
     * One write and one read of the shared storage.
     *
     * @param pastCaches whether both went past the page cache; where they did not, the read tells of this host's memory alone
     */
    public record Access(Duration write, Duration read, boolean pastCaches) {}

    /**
     * One file system.
     *
     * @param trouble why it could not be asked, or null; then the numbers mean nothing
     */
    public record Space(
            String place,
            long totalBytes,
            long usableBytes,
            @Nullable String trouble) {}

    /**
     * The host's memory.
     *
     * @param stalledPercent share of the last ten seconds in which every task that could have run waited for memory; empty
     *     where the kernel does not say
     */
    public record Memory(long totalKib, long availableKib, Optional<Double> stalledPercent) {}

    /**
     * The wall clock.
     *
     * @param wallMinusMonotonic wall clock less monotonic clock: only its changes mean anything
     * @param synchronised whether the kernel is told the time by somebody; empty where it does not say
     * @param errorMax how far off the kernel says that the clock may be; meaningless unless synchronised
     */
    public record Clock(Duration wallMinusMonotonic, Optional<Boolean> synchronised, Duration errorMax) {}

    /** One network card. */
    public record Link(String name, boolean up, String detail) {}
}
