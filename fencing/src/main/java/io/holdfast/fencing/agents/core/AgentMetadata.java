package io.holdfast.fencing.agents.core;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an agent says of itself: its parameters and actions.
 *
 * @param name the agent's own name for itself, for example {@code fence_redfish}
 * @param summary one line
 * @param description several lines, may be empty
 * @param parameters in the agent's order
 * @param actions in the agent's order
 */
public record AgentMetadata(
        String name, String summary, String description, List<Parameter> parameters, List<Action> actions) {

    public AgentMetadata {
        parameters = List.copyOf(parameters);
        actions = List.copyOf(actions);
    }

    /** What may stand behind the equals sign. */
    public enum ValueType {
        STRING,
        INTEGER,
        /** A whole number of seconds. */
        SECOND,
        BOOLEAN,
        /** One of the choices. */
        SELECT
    }

    /**
     * One parameter.
     *
     * @param required whether the agent does nothing without it
     * @param byDefault what the agent takes when nothing is said; null if it names none
     * @param choices of a {@link ValueType#SELECT}
     * @param deprecated an old name that another parameter has replaced
     * @param replaces the old name that this parameter replaces; null if none
     */
    public record Parameter(
            String name,
            ValueType type,
            boolean required,
            @Nullable String byDefault,
            List<String> choices,
            String description,
            boolean deprecated,
            @Nullable String replaces) {

        public Parameter {
            choices = List.copyOf(choices);
        }
    }

    /**
     * One action.
     *
     * @param automatic whether a host has to be let in again before it may work, which is the mark of agents that cut off
     *     storage or network rather than power
     */
    public record Action(String name, boolean automatic) {}

    public Optional<Parameter> parameter(String wanted) {
        return parameters.stream().filter(each -> each.name().equals(wanted)).findFirst();
    }

    public boolean can(AgentAction action) {
        return actions.stream().anyMatch(each -> each.name().equals(action.word()));
    }
}
