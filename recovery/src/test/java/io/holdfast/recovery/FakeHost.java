package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the store of a {@link World} knows of one host. */
final class FakeHost {

    HostState state = HostState.JOINING;
    long epoch;
    long incarnation;

    @Nullable
    String bootId;

    boolean forcedDown;
    FailureDomains domains = FailureDomains.NONE;

    @Nullable
    String maintenance;

    @Nullable
    String quarantine;

    @Nullable
    Instant quarantinedAt;

    boolean enabled = true;
    Resources capacity = new Resources(16, 16_384, 100);

    ComputeHost view(HostId host, Resources used) {
        return new ComputeHost(
                host,
                new UUID(1, host.hashCode()),
                World.SEGMENT,
                "zone",
                state,
                HostEpoch.of(epoch),
                Incarnation.of(incarnation),
                bootId,
                enabled,
                null,
                forcedDown,
                "127.0.0.1",
                1,
                capacity,
                used,
                used.vcpus(),
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                domains,
                maintenance,
                quarantine,
                quarantinedAt);
    }
}
