package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The strict rule of a server group, as the store's last word: said here once more, independent of the scheduler. */
public final class GroupRule {

    private static final int MAX_PER_HOST = 10_000;

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
