package io.holdfast.fencing.agents.core;

import io.holdfast.fencing.agents.core.AgentMetadata.Action;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether what an agent reads can be part of a proof that a host has no power.
 *
 * <p>Other cluster managers are content with agents that only cut a host off from storage or network. Here an instance may
 * run on one host at most, and one that goes on computing and answering on a network breaks that, whatever it can no
 * longer write. So such agents are refused by name, at the start, rather than believed.
 */
public final class AgentFitness {

    /** Agents that have a status which speaks of something else than power. */
    private static final Map<String, String> NOT_POWER = Map.of(
            "fence_crosslink", "takes a host that does not answer a ping for off",
            "fence_sbd", "says off when its message is written, not when the host has obeyed",
            "fence_evacuate", "asks the cloud which it would recover, not the host's power");

    private AgentFitness() {}

    /** Why no host may be fenced with this agent; nothing if it may. */
    public static Optional<String> unfit(AgentMetadata agent) {
        String other = NOT_POWER.get(agent.name());
        if (other != null) {
            return Optional.of(other);
        }
        if (agent.actions().stream().filter(each -> each.name().equals("on")).anyMatch(Action::automatic)) {
            return Optional.of("cuts a host off from storage or network and leaves it running");
        }
        if (!agent.can(AgentAction.OFF)) {
            return Optional.of("cannot switch off");
        }
        return agent.can(AgentAction.STATUS)
                ? Optional.empty()
                : Optional.of("cannot read the power back, so it can prove nothing");
    }

    /** What an operator should know who thinks of using this agent; nothing if there is nothing to say. */
    public static Optional<String> note(AgentMetadata agent) {
        return caution(agent, Map.of()).or(() -> {
            Set<String> shown = new TreeSet<>(AgentArguments.handedOn(agent));
            shown.removeIf(name -> agent.parameter(name).isEmpty());
            return shown.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            "hands " + String.join(", ", shown) + " to another program as an argument, where every"
                                    + " user of this machine can read it: refused as a secret, unless"
                                    + " fencing.agents.secrets-in-arguments is 'allow'");
        });
    }

    /** What an operator should know who uses this agent all the same; nothing if there is nothing to say. */
    public static Optional<String> caution(AgentMetadata agent, Map<String, String> options) {
        if (agent.name().equals("fence_dummy")) {
            return Optional.of("reads and writes a file and proves nothing about any host; for rehearsals only");
        }
        if (options.getOrDefault("ssl_insecure", "0").matches("(?i)1|yes|on|true")) {
            return Optional.of(
                    "checks no certificate (ssl_insecure), so whoever answers could say that the host is off");
        }
        return Optional.empty();
    }
}
