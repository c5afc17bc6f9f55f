package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.PlacementHints;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.scheduler.Scheduler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, avoided);
        if (question.instance() != null) {
            HostSnapshots.Asked asked = HostSnapshots.asked(claims, List.of(request), snapshots);
            return scheduler.explain(snapshots, asked.groups(), asked.requests().getFirst());
        }
        return scheduler.explain(
                snapshots, groups(question, HostSnapshots.domains(snapshots)), request.with(rules(question)));
    }

    private PlacementRules rules(Question question) {
        PlacementHints hints = question.hints();
        Map<InstanceId, HostId> homes = new HashMap<>();
        Stream.of(hints.sameHost(), hints.differentHost())
                .flatMap(Set::stream)
                .forEach(named -> claims.find(named)
                        .map(Instance::home)
                        .filter(this::mayRun)
                        .ifPresent(home -> homes.put(named, home)));
        Set<InstanceId> same = new HashSet<>(hints.sameHost());
        if (hints.sameProject() && question.project() != null) {
            claims.livesOf(question.project()).forEach((home, mate) -> {
                same.add(mate);
                homes.put(mate, home);
            });
        }
        return new PlacementRules(
                same, hints.differentHost(), homes, question.wish(), question.policy(), question.project());
    }

    /** One that is proven isolated runs nothing, and holds nobody. */
    private boolean mayRun(HostId home) {
        return hosts.find(home).filter(host -> host.state() != HostState.FENCED).isPresent();
    }

    /** The group that a new one would be made in. */
    private List<GroupSnapshot> groups(Question question, Map<HostId, FailureDomains> domains) {
        return question.group() == null
                ? List.of()
                : claims.groups().stream()
                        .filter(group -> group.id().equals(question.group()))
                        .map(group -> {
                            Set<InstanceId> members = new HashSet<>(group.members());
                            members.add(NEW);
                            Set<String> spread = new HashSet<>(group.spread());
                            spread.addAll(question.hints().spread());
                            return HostSnapshots.of(group, members, spread, domains);
                        })
                        .toList();
    }
}
