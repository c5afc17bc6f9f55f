package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The strict rule of a server group, as the store's last word: said here once more, independent of the scheduler. */
public final class GroupRule {

    private static final int MAX_PER_HOST = 10_000;

    /** Members named in a reason; more would hide the reason. */
    private static final int NAMES = 3;

    private GroupRule() {}

    /**
     * Why an instance must not have this home, or empty.
     *
     * @param others how many other members each host has; hosts without any are left out
     */
    public static Optional<String> refusal(
            GroupPolicy policy, int maxPerHost, String name, HostId home, Map<HostId, Integer> others) {
        int here = others.getOrDefault(home, 0);
        return switch (policy) {
            case AFFINITY ->
                others.isEmpty() || here > 0
                        ? Optional.empty()
                        : Optional.of("group " + name + " (affinity) lives on "
                                + new TreeSet<>(others.keySet())
                                        .stream().map(HostId::value).collect(Collectors.joining(", ")));
            case ANTI_AFFINITY ->
                here < maxPerHost
                        ? Optional.empty()
                        : Optional.of("group " + name + " (anti-affinity) has " + here + " of at most " + maxPerHost
                                + " on " + home);
            case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> Optional.empty();
        };
    }

    /**
     * Why an instance must not have this home because another member shares a failure domain with it, or empty.
     *
     * @param spread kinds that no two members may share
     * @param others what each other member's home shares with other hosts
     */
    public static Optional<String> nearness(
            Collection<String> spread,
            String name,
            HostId home,
            FailureDomains domains,
            Collection<FailureDomains> others) {
        for (String kind : new TreeSet<>(spread)) {
            String here = domains.names().get(kind);
            if (here == null) {
                return Optional.of("group " + name + " is spread over each " + kind + ", and nobody knows in which "
                        + home + " is");
            }
            if (others.stream().anyMatch(other -> here.equals(other.names().get(kind)))) {
                return Optional.of("group " + name + " has a member in " + kind + " " + here + " already");
            }
        }
        return Optional.empty();
    }

    /** Another member of the group, with the home that it has; one whose home is proven isolated has none. */
    public record Member(String name, HostId home, boolean mayRun) {}

    /** Whether an instance may be running at its home, or be started there at any moment without anybody asking. */
    public static boolean mayRun(InstanceGoal goal, ActualState actual) {
        return goal == InstanceGoal.RUNNING || (actual != ActualState.STOPPED && actual != ActualState.DELETED);
    }

    /**
     * Why an instance must not be started at the home it has, or empty. Members that are stopped do not count: of two that are
     * stopped on two hosts, each would keep the other from being started for ever.
     */
    public static Optional<String> againstStart(
            GroupPolicy policy, int maxPerHost, String group, HostId home, List<Member> others) {
        List<Member> running = others.stream().filter(Member::mayRun).toList();
        Map<HostId, Integer> counts = new TreeMap<>();
        running.forEach(other -> counts.merge(other.home(), 1, Integer::sum));
        return refusal(policy, maxPerHost, group, home, counts).map(why -> why + " (" + names(running) + ")");
    }

    /**
     * Where a group that must share a host lives, when that is not this home; empty when nothing keeps its members from
     * going on at home. Whoever else has this home does not count: they are asked the same.
     */
    public static Optional<String> elsewhere(GroupPolicy policy, String group, HostId home, List<Member> others) {
        List<Member> away =
                others.stream().filter(other -> !other.home().equals(home)).toList();
        if (policy != GroupPolicy.AFFINITY || away.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("group " + group + " (affinity) lives on "
                + away.stream()
                        .map(other -> other.home().value())
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining(", "))
                + " (" + names(away) + ")");
    }

    private static String names(List<Member> members) {
        String first = members.stream().limit(NAMES).map(Member::name).collect(Collectors.joining(", "));
        return members.size() > NAMES ? first + " and " + (members.size() - NAMES) + " more" : first;
    }

    /** The limit that counts; throws {@link ComputeException} INVALID for one that means nothing. */
    public static int maxPerHost(GroupPolicy policy, @Nullable Integer wanted) {
        if (wanted == null) {
            return 1;
        }
        if (policy != GroupPolicy.ANTI_AFFINITY) {
            throw new ComputeException(
                    Kind.INVALID, "Only anti-affinity policy supports rules; the policy is " + policy.word() + ".");
        }
        if (wanted < 1 || wanted > MAX_PER_HOST) {
            throw new ComputeException(
                    Kind.INVALID, "max_server_per_host must be from 1 to " + MAX_PER_HOST + ", is " + wanted + ".");
        }
        return wanted;
    }
}
