package io.holdfast.compute;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A host as the store holds it at one moment.
 *
 * @param uuid its id in Nova's service and hypervisor lists
 * @param epoch which life: rises when it is condemned
 * @param incarnation how often it has introduced itself
 * @param bootId the boot it last introduced itself with, or null before the first time
 * @param enabled false when an operator took it out of service; {@code disabledReason} says why
 * @param forcedDown somebody called force-down; only a caller clears it
 * @param address where its agent can be reached, or null before the first time
 * @param instances how many instances have their home here
 * @param domains what it shares with other hosts
 * @param maintenance who has it in maintenance and why, or null
 * @param quarantine why it takes no claims although it serves (it failed too often), or null
 * @param quarantinedAt since when, or null
 */
public record ComputeHost(
        HostId id,
        UUID uuid,
        SegmentId segment,
        String zone,
        HostState state,
        HostEpoch epoch,
        Incarnation incarnation,
        @Nullable String bootId,
        boolean enabled,
        @Nullable String disabledReason,
        boolean forcedDown,
        @Nullable String address,
        int port,
        Resources capacity,
        Resources used,
        int instances,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant lastSeenAt,
        FailureDomains domains,
        @Nullable String maintenance,
        @Nullable String quarantine,
        @Nullable Instant quarantinedAt) {

    /** Whether operators and recovery want new instances here: enabled, and none of forced down, maintenance, quarantine. */
    public boolean welcomes() {
        return enabled && !forcedDown && maintenance == null && quarantine == null;
    }

    /** Whether a new claim may land here: serving, and wanted. */
    public boolean takesClaims() {
        return state == HostState.SERVING && welcomes();
    }

    /** The same, out of service or in maintenance; not what the store holds. */
    public ComputeHost closed(boolean nowEnabled, @Nullable String inMaintenance) {
        return new ComputeHost(
                id,
                uuid,
                segment,
                zone,
                state,
                epoch,
                incarnation,
                bootId,
                nowEnabled,
                disabledReason,
                forcedDown,
                address,
                port,
                capacity,
                used,
                instances,
                createdAt,
                updatedAt,
                lastSeenAt,
                domains,
                inMaintenance,
                quarantine,
                quarantinedAt);
    }
}
