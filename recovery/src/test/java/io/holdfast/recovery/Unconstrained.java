package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** A store where no hints and no aggregates bind anybody, and where nobody writes down who forced a host down. */
interface Unconstrained extends Hosts, Claims {

    @Override
    default Map<HostId, HostSurroundings> surroundings() {
        return Map.of();
    }

    @Override
    default Optional<String> forcedDownBy(HostId host) {
        return Optional.empty();
    }

    @Override
    default Map<HostId, InstanceId> livesOf(ProjectId project) {
        return Map.of();
    }

    @Override
    default Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances) {
        return Map.of();
    }
}
