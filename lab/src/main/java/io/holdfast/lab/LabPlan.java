package io.holdfast.lab;

import io.holdfast.model.HostId;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;

/**
 * What the lab shall consist of.
 *
 * @param hosts 1 to 20 distinct names; the n-th gets the n-th address
 * @param agentCommand program and arguments that a host runs as a service at each boot, started again when it ends; an
 *     empty list means no agent. Evaluated once per host by {@code up}
 * @param controllerCommand program and arguments of the controller in the namespace {@code lab-ctl}; empty for none.
 *     Started by {@code up}, never started again by itself
 */
public record LabPlan(List<HostId> hosts, Function<HostId, List<String>> agentCommand, List<String> controllerCommand) {

    private static final int HOST_COUNT_MAX = 20;

    public LabPlan {
        hosts = List.copyOf(hosts);
        controllerCommand = List.copyOf(controllerCommand);
        if (hosts.isEmpty() || hosts.size() > HOST_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "a lab has between 1 and " + HOST_COUNT_MAX + " hosts, not " + hosts.size());
        }
        if (new HashSet<>(hosts).size() != hosts.size()) {
            throw new IllegalArgumentException("a lab's hosts have distinct names: " + hosts);
        }
        for (HostId host : hosts) {
            // These would share the name of a network namespace or a cgroup with another part of the lab.
            if (host.value().startsWith("bmc-") || List.of("sw", "ctl", "rack").contains(host.value())) {
                throw new IllegalArgumentException("'" + host + "' is a name the lab needs itself; choose another");
            }
        }
    }

    /** Hosts {@code h1} to {@code hN} with neither agents nor a controller. */
    public static LabPlan bare(int hostCount) {
        return new LabPlan(
                java.util.stream.IntStream.rangeClosed(1, hostCount)
                        .mapToObj(index -> HostId.of("h" + index))
                        .toList(),
                host -> List.of(),
                List.of());
    }

    /** The addresses of each host, in order. */
    public List<HostPlan> hostPlans() {
        return java.util.stream.IntStream.range(0, hosts.size())
                .mapToObj(index -> HostPlan.of(hosts.get(index), index + 1))
                .toList();
    }
}
