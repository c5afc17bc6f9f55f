package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** From the snapshot that {@link SchedulerPlacer} places from, by the scheduler that it asks. Any thread. */
public final class SchedulerExplainer implements ScheduleExplainer {

    /** Stands for an instance that is not made yet. */
    private static final InstanceId NEW = InstanceId.of(new UUID(0, 0));

    private final Hosts hosts;
    private final Claims claims;
    private final Scheduler scheduler;
    private final Predicate<HostId> avoided;

    /** @param avoided as for {@link SchedulerPlacer} */
    public SchedulerExplainer(Hosts hosts, Claims claims, Scheduler scheduler, Predicate<HostId> avoided) {
        this.hosts = hosts;
        this.claims = claims;
        this.scheduler = scheduler;
        this.avoided = avoided;
    }

    @Override
    public Explanation explain(Question question) {
        InstanceId instance = question.instance() == null ? NEW : question.instance();
        HostId home = question.home();
        PlacementRequest request = new PlacementRequest(
                instance,
                question.wants(),
                question.zone(),
                question.only(),
                home == null ? Map.of() : Map.of(home, "is where it lives"));
        return scheduler.explain(HostSnapshots.of(hosts, avoided), groups(question, instance), request);
    }

    private List<GroupSnapshot> groups(Question question, InstanceId instance) {
        List<ServerGroup> all = claims.groups();
        if (question.group() == null) {
            return HostSnapshots.ofMembers(all, Set.of(instance));
        }
        return all.stream()
                .filter(group -> group.id().equals(question.group()))
                .map(group -> with(group, instance))
                .toList();
    }

    private static GroupSnapshot with(ServerGroup group, InstanceId instance) {
        Set<InstanceId> members = new HashSet<>(group.members());
        members.add(instance);
        return new GroupSnapshot(group.id(), group.name(), group.policy(), group.maxPerHost(), members, group.homes());
    }
}
