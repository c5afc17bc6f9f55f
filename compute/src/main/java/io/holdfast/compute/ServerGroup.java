package io.holdfast.compute;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Instances of one project that want to live together or apart.
 *
 * @param user who made it
 * @param maxPerHost members that one host may have; counts for {@link GroupPolicy#ANTI_AFFINITY} only, else 1
 * @param members those that are not deleted, by age
 * @param homes where those of them live whose home may run them: a home that is proven isolated is not named
 * @param say whether the consumer of a member that says nothing of its own is asked before anything is done about it; null
 *     when the group says nothing
 * @param spread kinds of failure domain that no two members may share, because a member asked for it
 */
public record ServerGroup(
        ServerGroupId id,
        String name,
        ProjectId project,
        String user,
        GroupPolicy policy,
        int maxPerHost,
        List<InstanceId> members,
        Map<InstanceId, HostId> homes,
        Instant createdAt,
        @Nullable SayTerms say,
        Set<String> spread) {

    public ServerGroup {
        spread = Set.copyOf(spread);
        members = List.copyOf(members);
        homes = Map.copyOf(homes);
    }

    /** A group that says nothing of its members' say. */
    public ServerGroup(
            ServerGroupId id,
            String name,
            ProjectId project,
            String user,
            GroupPolicy policy,
            int maxPerHost,
            List<InstanceId> members,
            Map<InstanceId, HostId> homes,
            Instant createdAt) {
        this(id, name, project, user, policy, maxPerHost, members, homes, createdAt, null, Set.of());
    }

    /** A group whose members may share failure domains. */
    public ServerGroup(
            ServerGroupId id,
            String name,
            ProjectId project,
            String user,
            GroupPolicy policy,
            int maxPerHost,
            List<InstanceId> members,
            Map<InstanceId, HostId> homes,
            Instant createdAt,
            @Nullable SayTerms say) {
        this(id, name, project, user, policy, maxPerHost, members, homes, createdAt, say, Set.of());
    }

    /** The same group with another word on its members' say. */
    public ServerGroup with(@Nullable SayTerms other) {
        return new ServerGroup(id, name, project, user, policy, maxPerHost, members, homes, createdAt, other, spread);
    }
}
