package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One instance that needs a home.
 *
 * @param zone only hosts of this zone, or null for any
 * @param only only this host (the operator chose it), or null for any; all filters still apply
 * @param excluded hosts that may not be chosen, each with the reason that will be reported: the failed host, hosts
 *     already tried
 * @param rules what else binds its home
 */
public record PlacementRequest(
        InstanceId instance,
        Resources wants,
        @Nullable String zone,
        @Nullable HostId only,
        Map<HostId, String> excluded,
        PlacementRules rules) {

    public PlacementRequest {
        excluded = Map.copyOf(excluded);
    }

    /** One that nothing else binds. */
    public PlacementRequest(
            InstanceId instance,
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            Map<HostId, String> excluded) {
        this(instance, wants, zone, only, excluded, PlacementRules.NONE);
    }

    /** The same with other rules. */
    public PlacementRequest with(PlacementRules other) {
        return new PlacementRequest(instance, wants, zone, only, excluded, other);
    }

    /** The same with these hosts excluded and no others. */
    public PlacementRequest excluding(Map<HostId, String> hosts) {
        return new PlacementRequest(instance, wants, zone, only, hosts, rules);
    }

    public Set<HostId> excludedHosts() {
        return excluded.keySet();
    }
}
