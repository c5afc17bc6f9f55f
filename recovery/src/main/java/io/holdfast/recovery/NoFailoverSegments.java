package io.holdfast.recovery;

import io.holdfast.compute.ComputeException;
import io.holdfast.model.HostId;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where nobody says anything of hosts but the hosts themselves. */
final class NoFailoverSegments implements FailoverSegments {

    @Override
    public List<FailoverSegment> list() {
        return List.of();
    }

    @Override
    public FailoverSegment create(
            String name, @Nullable String description, RecoveryMethod method, String serviceType, boolean enabled) {
        throw refused();
    }

    @Override
    public FailoverSegment update(FailoverSegment next) {
        throw refused();
    }

    @Override
    public void delete(UUID uuid) {
        throw refused();
    }

    @Override
    public List<FailoverHost> hosts() {
        return List.of();
    }

    @Override
    public FailoverHost put(HostId host, UUID segment, String type, String controlAttributes, boolean reserved) {
        throw refused();
    }

    @Override
    public void remove(HostId host) {
        throw refused();
    }

    @Override
    public void use(HostId reserve, Collection<FailoverHost.Failure> failures) {
        throw refused();
    }

    private static ComputeException refused() {
        return new ComputeException(ComputeException.Kind.NOT_FOUND, "there are no failover segments here");
    }
}
