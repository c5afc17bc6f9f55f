package io.holdfast.fencing.agents.core;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one run of an agent is told. Holds the secrets; not for any log.
 *
 * @param input what is written to its standard input
 * @param environment what it finds in its environment besides what every run has. Only its own account and root can read that
 */
public record AgentCall(String input, Map<String, String> environment) {

    /** Where {@code ipmitool -E} looks for the password. */
    static final String IPMITOOL_PASSWORD = "IPMITOOL_PASSWORD";

    /** Where the program that stands in for {@code ipmitool} finds the real one. */
    static final String IPMITOOL = "HOLDFAST_IPMITOOL";

    private static final String PATH_OPTION = "ipmitool_path";
    private static final String PATH_BY_DEFAULT = "/usr/bin/ipmitool";

    public AgentCall {
        environment = Map.copyOf(environment);
    }

    /** With everything on standard input. */
    public static AgentCall of(AgentAction action, Map<String, String> options, Secrets secrets) {
        return new AgentCall(AgentOptions.input(action, options, secrets), Map.of());
    }

    /**
     * For an agent that runs {@code ipmitool} and would give it the password as an argument. The agent is told of no password, and of
     * another program in place of {@code ipmitool}; that one runs {@code ipmitool}, which reads the password from its environment.
     *
     * @param ipmitool the real program, see {@link #ipmitool}
     * @param standIn the other one
     */
    public static AgentCall besideIpmitool(
            AgentAction action, Map<String, String> options, Secrets secrets, String ipmitool, String standIn) {
        Map<String, String> told = new TreeMap<>(options);
        told.put(PATH_OPTION, standIn);
        Map<String, String> hidden = new TreeMap<>(secrets.values());
        String password = hidden.remove(AgentArguments.PASSWORD);
        return new AgentCall(
                AgentOptions.input(action, told, new Secrets(hidden)),
                Map.of(IPMITOOL, ipmitool, IPMITOOL_PASSWORD, password == null ? "" : password));
    }

    /** The {@code ipmitool} that the agent would run. */
    public static String ipmitool(AgentMetadata agent, Map<String, String> options) {
        String named = options.get(PATH_OPTION);
        if (named != null) {
            return named;
        }
        AgentMetadata.@Nullable Parameter parameter =
                agent.parameter(PATH_OPTION).orElse(null);
        String byDefault = parameter == null ? null : parameter.byDefault();
        return byDefault == null ? PATH_BY_DEFAULT : byDefault;
    }

    @Override
    public String toString() {
        return "an agent's call (not shown)";
    }
}
