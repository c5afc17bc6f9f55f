package io.holdfast.recovery;

import io.holdfast.compute.Advisory;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Outside;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.PlacementRules;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the scheduler is told of the hosts: the store's word, and membership's. */
public final class HostSnapshots {

    /** A thousand instances that each tell the reason of a hundred hosts would fill the journal with nothing new. */
    private static final int HOSTS_TOLD = 16;

    private HostSnapshots() {}

    /** @param avoided where nothing new is to be placed now ({@link EarlyNotices#avoids}): not alive for the scheduler */
    static List<HostSnapshot> of(Hosts hosts, Predicate<HostId> avoided) {
        Map<HostId, HostSurroundings> around = hosts.surroundings();
        return hosts.list().stream()
                .map(host -> of(host, avoided, around.getOrDefault(host.id(), HostSurroundings.NONE)))
                .toList();
    }

    /** The same of one host. */
    public static HostSnapshot of(ComputeHost host, Predicate<HostId> avoided, HostSurroundings around) {
        return new HostSnapshot(
                host.id(),
                host.segment(),
                host.zone(),
                host.state() == HostState.SERVING && !avoided.test(host.id()),
                host.welcomes(),
                host.capacity(),
                host.used(),
                host.instances(),
                host.domains(),
                around.metadata(),
                around.traits(),
                around.stocks(),
                around.buildFailures(),
                around.busyPercent(),
                outside(around.advice()),
                around.cells());
    }

    private static Outside outside(HostAdvice advice) {
        return advice.equals(HostAdvice.NONE)
                ? Outside.NONE
                : new Outside(
                        advice.advisories().stream()
                                .collect(Collectors.toMap(
                                        Advisory::kind, Advisory::words, (one, other) -> one + ", " + other)),
                        advice.weight());
    }

    /**
     * What the scheduler is asked.
     *
     * @param groups those server groups that somebody who is to be placed belongs to; the others do not matter
     * @param requests with the rules that bind them
     */
    record Asked(List<GroupSnapshot> groups, List<PlacementRequest> requests) {

        /** As it is once these hosts are proven isolated: who lives there keeps nobody there. */
        Asked without(Set<HostId> isolated) {
            return new Asked(
                    groups.stream().map(group -> group.without(isolated)).toList(),
                    requests.stream()
                            .map(request -> request.with(request.rules().without(isolated)))
                            .toList());
        }
    }

    /**
     * Reads what binds those who are to be placed.
     *
     * @param hosts as they were read for the same plan
     */
    static Asked asked(Claims claims, List<PlacementRequest> requests, List<HostSnapshot> hosts) {
        return asked(claims, claims.groups(), requests, domains(hosts));
    }

    /** The same, of groups that are known already. */
    static Asked asked(
            Claims claims,
            List<ServerGroup> groups,
            List<PlacementRequest> requests,
            Map<HostId, FailureDomains> domains) {
        Set<InstanceId> wanted =
                requests.stream().map(PlacementRequest::instance).collect(Collectors.toSet());
        return asked(claims.terms(wanted), groups, requests, domains);
    }

    /** The same, with what was read of each of them. */
    static Asked asked(
            Map<InstanceId, PlacementTerms> terms,
            List<ServerGroup> groups,
            List<PlacementRequest> requests,
            Map<HostId, FailureDomains> domains) {
        Set<InstanceId> wanted =
                requests.stream().map(PlacementRequest::instance).collect(Collectors.toSet());
        return new Asked(
                ofMembers(groups, wanted, domains),
                requests.stream()
                        .map(request -> request.with(rules(terms.get(request.instance()))))
                        .toList());
    }

    /** What binds an instance, in the scheduler's words; null for one that the store says nothing of. */
    public static PlacementRules rules(@Nullable PlacementTerms terms) {
        return terms == null
                ? PlacementRules.NONE
                : new PlacementRules(
                        terms.sameHost(),
                        terms.differentHost(),
                        terms.homes(),
                        terms.wish(),
                        terms.policy(),
                        terms.project());
    }

    /** What hosts share with others. */
    static Map<HostId, FailureDomains> domains(List<HostSnapshot> hosts) {
        return hosts.stream().collect(Collectors.toMap(HostSnapshot::host, HostSnapshot::domains));
    }

    /** What the scheduler is told of the groups that one of these belongs to. */
    static List<GroupSnapshot> ofMembers(
            List<ServerGroup> groups, Set<InstanceId> wanted, Map<HostId, FailureDomains> domains) {
        return groups.stream()
                .filter(group -> group.members().stream().anyMatch(wanted::contains))
                .map(group -> of(group, Set.copyOf(group.members()), group.spread(), domains))
                .toList();
    }

    /**
     * @param members of the group as it will be
     * @param spread of the group as it will be
     */
    static GroupSnapshot of(
            ServerGroup group, Set<InstanceId> members, Set<String> spread, Map<HostId, FailureDomains> domains) {
        Map<HostId, FailureDomains> own = new HashMap<>();
        if (!spread.isEmpty()) {
            group.homes().values().forEach(home -> own.put(home, domains.getOrDefault(home, FailureDomains.NONE)));
        }
        return new GroupSnapshot(
                group.id(), group.name(), group.policy(), group.maxPerHost(), members, group.homes(), spread, own);
    }

    /** For people: {@code h2: needs 2048 MiB, 512 MiB free; h3: is disabled or forced down}. */
    static String text(Map<HostId, List<Placement.Refusal>> refusals) {
        if (refusals.isEmpty()) {
            return "no host is known";
        }
        StringBuilder text = new StringBuilder();
        int told = 0;
        for (Map.Entry<HostId, List<Placement.Refusal>> entry : refusals.entrySet()) {
            if (told == HOSTS_TOLD) {
                return text + "; and " + (refusals.size() - HOSTS_TOLD) + " more hosts";
            }
            text.append(told++ == 0 ? "" : "; ").append(entry.getKey()).append(": ");
            List<Placement.Refusal> reasons = entry.getValue();
            for (int i = 0; i < reasons.size(); i++) {
                text.append(i == 0 ? "" : ", ").append(reasons.get(i).reason());
            }
        }
        return text.toString();
    }
}
