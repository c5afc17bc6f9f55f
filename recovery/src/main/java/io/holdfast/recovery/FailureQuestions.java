package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.KeptPlan;
import io.holdfast.recovery.core.PlanQuestion;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What recovery would ask of the planner if one host failed now: who lives there is played through the case machine, as far as its
 * first plan. Those who wait for others to run, or for an answer, are not in it; they are planned when it is their turn.
 *
 * <p>Pure, of all that was read at one moment.
 */
final class FailureQuestions {

    private final SegmentId segment;
    private final List<ComputeHost> all;
    private final List<HostSnapshot> hosts;
    private final Map<HostId, FailureDomains> domains;
    private final Map<HostId, List<Instance>> living = new HashMap<>();
    private final Map<ProjectId, List<Instance>> ofProject = new HashMap<>();
    private final List<ServerGroup> groups;
    private final Map<InstanceId, PlacementTerms> terms;
    private final List<FailoverSegment> segments;
    private final List<FailoverHost> said;
    private final RecoverySettings settings;
    private final Instant now;

    FailureQuestions(
            SegmentId segment,
            List<ComputeHost> all,
            Map<HostId, HostSurroundings> around,
            Predicate<HostId> avoided,
            List<Instance> instances,
            List<ServerGroup> groups,
            Map<InstanceId, PlacementTerms> terms,
            List<FailoverSegment> segments,
            List<FailoverHost> said,
            RecoverySettings settings,
            Instant now) {
        this.segment = segment;
        this.all = List.copyOf(all);
        this.hosts = all.stream()
                .map(host -> HostSnapshots.of(host, avoided, around.getOrDefault(host.id(), HostSurroundings.NONE)))
                .toList();
        this.domains = HostSnapshots.domains(hosts);
        this.groups = List.copyOf(groups);
        this.terms = Map.copyOf(terms);
        this.segments = List.copyOf(segments);
        this.said = List.copyOf(said);
        this.settings = settings;
        this.now = now;
        // As a case lists them: by age, and without those that are being deleted.
        instances.stream()
                .sorted(Comparator.comparing(Instance::createdAt).thenComparing(Instance::id))
                .forEach(this::sort);
    }

    private void sort(Instance instance) {
        ofProject
                .computeIfAbsent(instance.project(), project -> new ArrayList<>())
                .add(instance);
        HostId home = instance.home();
        if (home != null && instance.goal() != InstanceGoal.DELETED) {
            living.computeIfAbsent(home, host -> new ArrayList<>()).add(instance);
        }
    }

    /** Each host as it is. */
    List<HostSnapshot> hosts() {
        return hosts;
    }

    /** Those of the segment that could still fail and where somebody lives, by name. */
    List<ComputeHost> thatMayFail() {
        return all.stream()
                .filter(host -> host.segment().equals(segment))
                .filter(host -> host.state() != HostState.CONDEMNED && host.state() != HostState.FENCED)
                .filter(host -> living.containsKey(host.id()))
                .sorted(Comparator.comparing(ComputeHost::id))
                .toList();
    }

    /**
     * @param hosts equal to {@link #hosts}
     * @return null when nobody would be moved from there
     */
    @Nullable
    PlanQuestion of(ComputeHost failed, List<HostSnapshot> hosts) {
        List<PlacementRequest> requests = DryRun.firstPlan(
                segment,
                failed.id(),
                failed.epoch(),
                Listing.of(
                        living.getOrDefault(failed.id(), List.of()),
                        groups,
                        project -> ofProject.getOrDefault(project, List.of())),
                now,
                settings);
        if (requests.isEmpty()) {
            return null;
        }
        HostSnapshots.Asked asked =
                HostSnapshots.asked(terms, groups, requests, domains).without(Set.of(failed.id()));
        List<HostSnapshot> left = KeptPlan.without(failed.id(), hosts);
        return new PlanQuestion(
                left,
                asked.groups(),
                asked.requests(),
                Reserves.reserves(segments, said, all, left, Set.of(failed.id())));
    }
}
