package io.holdfast.recovery;

import io.holdfast.compute.PlacementHints;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.Explanation;
import org.jspecify.annotations.Nullable;

/** Says where an instance would be placed now and why, and claims nothing. */
@FunctionalInterface
public interface ScheduleExplainer {

    /** Any thread; reads the store. */
    Explanation explain(Question question);

    /**
     * @param wants what it asks for
     * @param zone only a host of this zone, or null for any
     * @param only only this host, or null for any; also one that is not known, of which that is said
     * @param group the server group that a new instance would be made in, or null
     * @param instance one that there is, by its own group and not on the home that it has; null for a new one
     * @param home where that one lives, or null
     * @param hints what a new one's owner would ask for
     * @param wish what a new one's flavor and image want of a host
     * @param policy the scheduler's policy that a new one's flavor names, or null
     * @param project whose a new one would be; null when nobody says
     */
    record Question(
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            @Nullable ServerGroupId group,
            @Nullable InstanceId instance,
            @Nullable HostId home,
            PlacementHints hints,
            HostWish wish,
            @Nullable String policy,
            @Nullable ProjectId project) {

        /** About one that is not made yet. */
        public static Question ofNew(
                Resources wants,
                @Nullable String zone,
                @Nullable HostId only,
                @Nullable ServerGroupId group,
                PlacementHints hints,
                HostWish wish,
                @Nullable String policy,
                @Nullable ProjectId project) {
            return new Question(wants, zone, only, group, null, null, hints, wish, policy, project);
        }

        /** About one that there is, which what it was made with binds. */
        public static Question of(
                InstanceId instance,
                @Nullable HostId home,
                Resources wants,
                @Nullable String zone,
                @Nullable HostId only) {
            return new Question(
                    wants, zone, only, null, instance, home, PlacementHints.NONE, HostWish.NONE, null, null);
        }
    }
}
