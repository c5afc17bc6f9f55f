package io.holdfast.compute;

import io.holdfast.model.Actor;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An owner's verbs for server groups. An instance joins one when it is made and stays in it until it or the group is
 * deleted. Each verb is durable when it returns; refusals are {@link ComputeException}s.
 */
public interface ServerGroups {

    ServerGroup create(NewGroup wanted, Actor by);

    /** By age; of one project when it is given. */
    List<ServerGroup> list(@Nullable ProjectId project);

    Optional<ServerGroup> find(ServerGroupId group);

    /** The group of an instance that is not deleted. */
    Optional<ServerGroup> of(InstanceId instance);

    /** Its members stay where they are, and are bound by nothing any more. */
    void delete(ServerGroupId group, Actor by);

    /**
     * Whether the consumers of members that say nothing of their own are asked, from the next failure on.
     *
     * @param say null when the group shall say nothing
     * @return the group as it is now; NOT_FOUND when there is none
     */
    ServerGroup say(ServerGroupId group, @Nullable SayTerms say, Actor by);

    /** @param maxPerHost 1 to 10000; null when nothing is said, and only for {@link GroupPolicy#ANTI_AFFINITY} */
    record NewGroup(
            String name,
            ProjectId project,
            String user,
            GroupPolicy policy,
            @Nullable Integer maxPerHost) {}
}
