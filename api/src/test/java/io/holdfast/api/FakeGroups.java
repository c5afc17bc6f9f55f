package io.holdfast.api;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.model.Actor;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Server groups in memory. Members are put in by the test. */
final class FakeGroups implements ServerGroups {

    private final Map<ServerGroupId, ServerGroup> groups = new LinkedHashMap<>();

    void join(ServerGroupId group, InstanceId member) {
        groups.computeIfPresent(group, (id, one) -> {
            List<InstanceId> members = new ArrayList<>(one.members());
            members.add(member);
            return new ServerGroup(
                    id,
                    one.name(),
                    one.project(),
                    one.user(),
                    one.policy(),
                    one.maxPerHost(),
                    members,
                    Map.of(),
                    one.createdAt(),
                    one.say());
        });
    }

    @Override
    public ServerGroup create(NewGroup wanted, Actor by) {
        ServerGroup made = new ServerGroup(
                ServerGroupId.of(UUID.randomUUID()),
                wanted.name(),
                wanted.project(),
                wanted.user(),
                wanted.policy(),
                GroupRule.maxPerHost(wanted.policy(), wanted.maxPerHost()),
                List.of(),
                Map.of(),
                FakeCloud.THEN);
        groups.put(made.id(), made);
        return made;
    }

    @Override
    public List<ServerGroup> list(@Nullable ProjectId project) {
        return groups.values().stream()
                .filter(group -> project == null || group.project().equals(project))
                .toList();
    }

    @Override
    public Optional<ServerGroup> find(ServerGroupId group) {
        return Optional.ofNullable(groups.get(group));
    }

    @Override
    public Optional<ServerGroup> of(InstanceId instance) {
        return groups.values().stream()
                .filter(group -> group.members().contains(instance))
                .findFirst();
    }

    @Override
    public ServerGroup say(ServerGroupId group, @Nullable SayTerms say, Actor by) {
        ServerGroup known = groups.computeIfPresent(group, (id, one) -> one.with(say));
        if (known == null) {
            throw new ComputeException(ComputeException.Kind.NOT_FOUND, "no group " + group);
        }
        return known;
    }

    @Override
    public void delete(ServerGroupId group, Actor by) {
        if (groups.remove(group) == null) {
            throw new ComputeException(ComputeException.Kind.NOT_FOUND, "no group " + group);
        }
    }
}
