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
 * @param lost the host that it had and that failed; null for one that has not lost its home by a failure
 */
public record PlacementRequest(
        InstanceId instance,
        Resources wants,
        @Nullable String zone,
        @Nullable HostId only,
        Map<HostId, String> excluded,
        PlacementRules rules,
        @Nullable Loss lost) {

    /**
     * A home that is lost by a failure. Who has lost one goes to a host that an advisory closes, when no other will do.
     *
     * @param from the home; null where that is not known any more
     * @param priority the larger, the earlier; a plan's requests come in its falling order
     */
    public record Loss(@Nullable HostId from, int priority) {}

    public PlacementRequest {
        excluded = Map.copyOf(excluded);
    }

    /** One that nothing else binds, and whose host, if it has one, has not failed. */
    public PlacementRequest(
            InstanceId instance,
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            Map<HostId, String> excluded) {
        this(instance, wants, zone, only, excluded, PlacementRules.NONE, null);
    }

    /** The same with other rules. */
    public PlacementRequest with(PlacementRules other) {
        return new PlacementRequest(instance, wants, zone, only, excluded, other, lost);
    }

    /** The same with these hosts excluded and no others. */
    public PlacementRequest excluding(Map<HostId, String> hosts) {
        return new PlacementRequest(instance, wants, zone, only, hosts, rules, lost);
    }

    /** The same of one whose host has failed, or of one whose host has not. */
    public PlacementRequest after(@Nullable Loss loss) {
        return new PlacementRequest(instance, wants, zone, only, excluded, rules, loss);
    }

    /** Whether its own host has failed. */
    public boolean recovers() {
        return lost != null;
    }

    public Set<HostId> excludedHosts() {
        return excluded.keySet();
    }
}
