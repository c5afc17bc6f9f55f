package io.holdfast.compute;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.InstanceId;
import java.util.Set;

/**
 * What an owner asks for about where an instance runs, when it is made; kept with it, and honoured by every home that it
 * gets. Its server group is no part of it.
 *
 * @param sameHost it must be where one of these is
 * @param differentHost none of these may be where it is
 * @param spread kinds of failure domain, for example rack, that no two members of its server group may share
 * @param sameProject it must be where an older instance of its project is, if any is anywhere. Older ones alone count: of two that
 *     follow each other neither would find a home
 */
public record PlacementHints(
        Set<InstanceId> sameHost, Set<InstanceId> differentHost, Set<String> spread, boolean sameProject) {

    public static final PlacementHints NONE = new PlacementHints(Set.of(), Set.of(), Set.of());

    /** That and nothing about its project. */
    public PlacementHints(Set<InstanceId> sameHost, Set<InstanceId> differentHost, Set<String> spread) {
        this(sameHost, differentHost, spread, false);
    }

    public PlacementHints {
        sameHost = Set.copyOf(sameHost);
        differentHost = Set.copyOf(differentHost);
        spread = Set.copyOf(spread);
        for (String kind : spread) {
            FailureDomains.requireKind(kind);
        }
    }

    public boolean isNone() {
        return equals(NONE);
    }
}
