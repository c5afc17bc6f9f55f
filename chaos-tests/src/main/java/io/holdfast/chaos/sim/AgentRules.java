package io.holdfast.chaos.sim;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.agent.AgentMemory;
import io.holdfast.compute.agent.AgentMemory.Ruling;

/** By which rules an agent takes or refuses an order. The real ones are {@link AgentMemory}'s own. */
public interface AgentRules {

    default Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
        return memory.rule(order, bootId);
    }

    default Ruling rule(AgentMemory memory, InstanceOrder order, String bootId) {
        return memory.rule(order, bootId);
    }

    /** Whether guests that the host does not own are destroyed when it is told what it owns. */
    default boolean destroysStrangers() {
        return true;
    }

    /** Whether a guest counts as up only when it has said so itself. */
    default boolean waitsForTheGuest() {
        return true;
    }

    /** The product's. */
    static AgentRules real() {
        return new AgentRules() {};
    }
}
