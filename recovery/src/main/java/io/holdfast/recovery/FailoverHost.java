package io.holdfast.recovery;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a host beyond its own row: which failover segment it is in, and whether it is kept free.
 *
 * @param segment of which failover segment
 * @param type free text
 * @param controlAttributes free text
 * @param reserved kept free for the instances of a host of its segment that fails
 * @param usedFor the failures for which it was taken out of the reserve
 */
public record FailoverHost(
        HostId host,
        UUID segment,
        String type,
        String controlAttributes,
        boolean reserved,
        List<Failure> usedFor,
        Instant createdAt,
        @Nullable Instant updatedAt) {

    public FailoverHost {
        usedFor = List.copyOf(usedFor);
    }

    /** One life of a host that is over. */
    public record Failure(HostId host, HostEpoch epoch) {}
}
