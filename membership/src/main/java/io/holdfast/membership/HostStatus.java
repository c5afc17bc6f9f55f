package io.holdfast.membership;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host as membership sees it now, for the API and the command line.
 *
 * @param registration the newest one seen, or null when the host never had a lease
 * @param reason why it is not alive; empty when it is
 * @param since wall time of the last change of {@code health}
 */
public record HostStatus(
        HostId host,
        HostHealth health,
        String reason,
        List<Evidence> evidence,
        @Nullable HostRegistration registration,
        Instant since) {}
