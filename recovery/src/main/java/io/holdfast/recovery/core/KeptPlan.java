package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What recovery would do with the instances of a host that is well, planned before it fails.
 *
 * <p><b>Invariant.</b> It answers a question only when planning anew would answer the same. So it may be as old as it likes and is
 * never wrong, and nobody has to tell it what has changed.
 *
 * <p>Only a plan that gives everybody a home is kept. One that leaves somebody out names each host's reasons, and those are many and
 * soon old; and whoever waits for room is planned for again and again anyway.
 *
 * @param host the one that would fail
 * @param hosts all of them as they were, this one as well; one list for all plans that were made of the same look
 * @param at when what it follows from was read last
 */
public record KeptPlan(
        HostId host,
        List<HostSnapshot> hosts,
        List<GroupSnapshot> groups,
        List<PlacementRequest> requests,
        Map<HostId, ReserveRule.Reserve> reserves,
        ReserveRule.Outcome outcome,
        Instant at) {

    /**
     * @param hosts as they are, the one that would fail among them
     * @param asked the same as they would be once it has failed
     * @return null when somebody is left without a home
     */
    public static @Nullable KeptPlan of(
            HostId host, List<HostSnapshot> hosts, PlanQuestion asked, ReserveRule.Outcome outcome, Instant at) {
        List<Placement> homes = new ArrayList<>();
        for (Placement placement : outcome.placements()) {
            switch (placement) {
                // Points explain a choice to whoever asked for it. Of all instances of a cluster they would fill the
                // memory.
                case Placement.Placed placed ->
                    homes.add(new Placement.Placed(placed.instance(), placed.host(), Map.of()));
                case Placement.NoValidHost none -> {
                    return null;
                }
            }
        }
        return new KeptPlan(
                host,
                hosts,
                asked.groups(),
                asked.requests(),
                asked.reserves(),
                new ReserveRule.Outcome(homes, outcome.taken()),
                at);
    }

    /** All of them as they are once this one has failed. */
    public static List<HostSnapshot> without(HostId failed, List<HostSnapshot> hosts) {
        return hosts.stream()
                .map(host -> host.host().equals(failed) ? host.withAlive(false) : host)
                .toList();
    }

    /** The same, once what it follows from was read again and it answers still; it shares the newest look with the others. */
    public KeptPlan stillSo(List<HostSnapshot> now, Instant readAt) {
        return new KeptPlan(host, now, groups, requests, reserves, outcome, readAt);
    }

    /** Whether planning would answer the same; then {@link #outcome} is the answer. */
    public boolean answers(PlanQuestion asked) {
        return requests.equals(asked.requests())
                && groups.equals(asked.groups())
                && reserves.equals(asked.reserves())
                && hosts.size() == asked.hosts().size()
                && IntStream.range(0, hosts.size())
                        .allMatch(i -> isTheSame(hosts.get(i), asked.hosts().get(i)));
    }

    /**
     * Of a host that is not alive nothing else counts in a plan that gives everybody a home, except what somebody outside says of
     * it: those who leave a host that was to be drained come first. What it was is therefore not asked: a word against it, or what
     * ended with it, changes its row between the plan and the failure.
     */
    private boolean isTheSame(HostSnapshot before, HostSnapshot now) {
        return before.host().equals(host)
                ? now.host().equals(host) && !now.alive() && now.outside().equals(before.outside())
                : now.equals(before);
    }
}
