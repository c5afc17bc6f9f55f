package io.holdfast.compute;

import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What binds an instance's next home beside its size, zone and server group, as it is now.
 *
 * @param sameHost as {@link PlacementHints#sameHost}, and with {@link PlacementHints#sameProject} one of each host where older instances of
 *     its project are
 * @param differentHost those that it asked to be apart from, and those that asked to be apart from it
 * @param homes where those of the two live whose home may run them; one that is proven isolated is not named
 * @param wish what its flavor wanted of a host when it was made, and its image when it was made or rebuilt
 * @param policy the scheduler's policy that its flavor named then, or null
 */
public record PlacementTerms(
        Set<InstanceId> sameHost,
        Set<InstanceId> differentHost,
        Map<InstanceId, HostId> homes,
        HostWish wish,
        @Nullable String policy,
        ProjectId project) {

    /** The extra spec by which a flavor names a policy of the scheduler. */
    public static final String POLICY = "holdfast:scheduler_policy";

    public PlacementTerms {
        sameHost = Set.copyOf(sameHost);
        differentHost = Set.copyOf(differentHost);
        homes = Map.copyOf(homes);
    }
}
