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
 * @param machines everything that is not a host; the first one is the first controller, in the namespace {@code lab-ctl};
 *     empty for that one alone, without a command
 */
public record LabPlan(List<HostId> hosts, Function<HostId, List<String>> agentCommand, List<MachinePlan> machines) {

    private static final int HOST_COUNT_MAX = 20;

    public LabPlan {
        hosts = List.copyOf(hosts);
        machines = machines.isEmpty() ? List.of(MachinePlan.controller(1, List.of())) : List.copyOf(machines);
        if (hosts.isEmpty() || hosts.size() > HOST_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "a lab has between 1 and " + HOST_COUNT_MAX + " hosts, not " + hosts.size());
        }
        if (new HashSet<>(hosts).size() != hosts.size()) {
            throw new IllegalArgumentException("a lab's hosts have distinct names: " + hosts);
        }
        if (!machines.getFirst().name().equals(MachinePlan.FIRST_CONTROLLER)) {
            throw new IllegalArgumentException("a lab's first machine is its first controller: " + machines);
        }
        if (machines.stream().map(MachinePlan::name).distinct().count() != machines.size()) {
            throw new IllegalArgumentException("a lab's machines have distinct names: " + machines);
        }
        for (HostId host : hosts) {
            // These would share the name of a network namespace or a cgroup with another part of the lab.
            if (host.value().startsWith("bmc-")
                    || host.value().startsWith("wd-")
                    || MachinePlan.isReserved(host.value())
                    || List.of("sw", "rack").contains(host.value())) {
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

    /**
     * A lab with one controller and nothing else beside its hosts.
     *
     * @param controllerCommand program and arguments of the controller; empty for none
     */
    public static LabPlan withController(
            List<HostId> hosts, Function<HostId, List<String>> agentCommand, List<String> controllerCommand) {
        return new LabPlan(hosts, agentCommand, List.of(MachinePlan.controller(1, controllerCommand)));
    }

    /** The addresses of each host, in order. */
    public List<HostPlan> hostPlans() {
        return java.util.stream.IntStream.range(0, hosts.size())
                .mapToObj(index -> HostPlan.of(hosts.get(index), index + 1))
                .toList();
    }
}
