package io.holdfast.membership;

import io.holdfast.membership.health.HealthRow;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host as membership sees it now, for the API and the command line.
 *
 * @param registration the newest one seen, or null when the host never had a lease
 * @param row of the health table that its signals match now, or that condemned it; null while no table is asked: it has left, was
 *     never seen, or was condemned by a word
 * @param heard whether its agent holds the lease and a network shows it, so that it can be called
 * @param reason why it is not alive; empty when it is
 * @param since wall time of the last change of {@code health}
 */
public record HostStatus(
        HostId host,
        HostHealth health,
        @Nullable HealthRow row,
        boolean heard,
        String reason,
        List<Evidence> evidence,
        @Nullable HostRegistration registration,
        Instant since) {}
