package io.holdfast.fencing.agents.core;

import java.util.Set;
import java.util.TreeSet;

/**
 * Which secrets an agent hands to other programs as arguments. Those stand in the list of processes while such a program runs, where every
 * user of the machine can read them.
 *
 * <p>Known from the agents' sources, as they are in Debian: the agents for IPMI run {@code ipmitool}, those for SNMP the programs of
 * Net-SNMP, {@code fence_vmware} a program of its own. The others log in themselves, type a password where {@code ssh} or {@code telnet} asks
 * for it, or hand it on in the environment.
 */
public final class AgentArguments {

    /** The password's parameter, of all agents. */
    static final String PASSWORD = "password";

    private AgentArguments() {}

    /** Whether the agent runs {@code ipmitool}, which can be told the password without an argument: {@link AgentCall#besideIpmitool}. */
    public static boolean runsIpmitool(AgentMetadata agent) {
        return agent.parameter("ipmitool_path").isPresent()
                && agent.parameter("lanplus").isPresent();
    }

    /**
     * Those of these secrets that everybody on the machine could read; none if all stay hidden.
     *
     * @param secrets names of parameters
     */
    public static Set<String> exposed(AgentMetadata agent, Set<String> secrets) {
        Set<String> exposed = new TreeSet<>(secrets);
        exposed.retainAll(handedOn(agent));
        return exposed;
    }

    /** Parameters whose values become arguments of other programs, and are secrets. */
    static Set<String> handedOn(AgentMetadata agent) {
        if (runsIpmitool(agent)) {
            return Set.of("hexadecimal_kg");
        }
        if (agent.parameter("snmpget_path").isPresent()) {
            return Set.of("community", PASSWORD, "snmp_priv_passwd");
        }
        return agent.name().equals("fence_vmware") ? Set.of(PASSWORD) : Set.of();
    }
}
