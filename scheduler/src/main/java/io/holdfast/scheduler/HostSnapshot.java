package io.holdfast.scheduler;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.Stock;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler knows of one host at one moment.
 *
 * @param alive serving, neither suspected nor condemned, and its agent takes orders
 * @param enabled an operator has not taken it out of service, and it is not forced down
 * @param capacity what it offers in all
 * @param used what is claimed, including claims that are still starting
 * @param instances how many instances have their home there
 * @param domains what it shares with other hosts, as it says itself
 * @param metadata by key, what the aggregates that it is in have
 * @param traits what it is, in Placement's words
 * @param stocks by resource class, what it has besides processors, memory and disk
 * @param buildFailures new servers that it could not start of late
 * @param busyPercent how much of its processors was in use of late, 0 to 100, or null when nobody has said it
 * @param outside what somebody outside says of it
 * @param cells what nobody has of its cells
 */
public record HostSnapshot(
        HostId host,
        SegmentId segment,
        String zone,
        boolean alive,
        boolean enabled,
        Resources capacity,
        Resources used,
        int instances,
        FailureDomains domains,
        Map<String, Set<String>> metadata,
        Set<String> traits,
        Map<String, Stock> stocks,
        int buildFailures,
        @Nullable Integer busyPercent,
        Outside outside,
        HostTopology cells) {

    /** The idle share of a host of which nobody has said it: it neither attracts nor repels. */
    public static final double NOBODY_KNOWS = 0.5;

    public HostSnapshot {
        metadata = Map.copyOf(metadata);
        traits = Set.copyOf(traits);
        stocks = Map.copyOf(stocks);
    }

    /** One that does not say what its cells are, nor how busy it is. */
    public HostSnapshot(
            HostId host,
            SegmentId segment,
            String zone,
            boolean alive,
            boolean enabled,
            Resources capacity,
            Resources used,
            int instances,
            FailureDomains domains,
            Map<String, Set<String>> metadata,
            Set<String> traits,
            Map<String, Stock> stocks,
            int buildFailures,
            Outside outside) {
        this(
                host,
                segment,
                zone,
                alive,
                enabled,
                capacity,
                used,
                instances,
                domains,
                metadata,
                traits,
                stocks,
                buildFailures,
                null,
                outside,
                HostTopology.NONE);
    }

    /** One that shares nothing that anybody knows of, and is in no aggregate, and of which nobody outside says anything. */
    public HostSnapshot(
            HostId host,
            SegmentId segment,
            String zone,
            boolean alive,
            boolean enabled,
            Resources capacity,
            Resources used,
            int instances) {
        this(
                host,
                segment,
                zone,
                alive,
                enabled,
                capacity,
                used,
                instances,
                FailureDomains.NONE,
                Map.of(),
                Set.of(),
                Map.of(),
                0,
                Outside.NONE);
    }

    /** The share of its processors that was idle of late, 0 to 1. */
    public double idleShare() {
        return busyPercent == null ? NOBODY_KNOWS : (100 - busyPercent) / 100.0;
    }

    /** The same host, as it is when it is alive, or is not. */
    public HostSnapshot withAlive(boolean now) {
        return with(draft -> draft.alive = now);
    }

    /** The same host in service, or out of it. */
    public HostSnapshot withEnabled(boolean now) {
        return with(draft -> draft.enabled = now);
    }

    /** The same host in other aggregates. */
    public HostSnapshot withMetadata(Map<String, Set<String>> now) {
        return with(draft -> draft.metadata = now);
    }

    /** The same host with other traits. */
    public HostSnapshot withTraits(Set<String> now) {
        return with(draft -> draft.traits = now);
    }

    /** The same host with other stocks. */
    public HostSnapshot withStocks(Map<String, Stock> now) {
        return with(draft -> draft.stocks = now);
    }

    /** The same host with other failures. */
    public HostSnapshot withBuildFailures(int now) {
        return with(draft -> draft.buildFailures = now);
    }

    /** The same host with other cells. */
    public HostSnapshot withCells(HostTopology now) {
        return with(draft -> draft.cells = now);
    }

    /** The same host as it was measured. */
    public HostSnapshot withBusyPercent(@Nullable Integer now) {
        return with(draft -> draft.busyPercent = now);
    }

    /** The same host with something else said of it. */
    public HostSnapshot withOutside(Outside now) {
        return with(draft -> draft.outside = now);
    }

    /** The same host with other rooms in use. */
    public HostSnapshot withUsed(Resources now, int homes) {
        return with(draft -> {
            draft.used = now;
            draft.instances = homes;
        });
    }

    private HostSnapshot with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.done(this);
    }

    /** What changes of a host while it is looked at. */
    private static final class Draft {
        private boolean alive;
        private boolean enabled;
        private Resources used;
        private int instances;
        private Map<String, Set<String>> metadata;
        private Set<String> traits;
        private Map<String, Stock> stocks;
        private int buildFailures;
        private @Nullable Integer busyPercent;
        private Outside outside;
        private HostTopology cells;

        Draft(HostSnapshot of) {
            this.alive = of.alive;
            this.enabled = of.enabled;
            this.used = of.used;
            this.instances = of.instances;
            this.metadata = of.metadata;
            this.traits = of.traits;
            this.stocks = of.stocks;
            this.buildFailures = of.buildFailures;
            this.busyPercent = of.busyPercent;
            this.outside = of.outside;
            this.cells = of.cells;
        }

        HostSnapshot done(HostSnapshot of) {
            return new HostSnapshot(
                    of.host,
                    of.segment,
                    of.zone,
                    alive,
                    enabled,
                    of.capacity,
                    used,
                    instances,
                    of.domains,
                    metadata,
                    traits,
                    stocks,
                    buildFailures,
                    busyPercent,
                    outside,
                    cells);
        }
    }
}
