package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.AgentRules;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.agent.AgentMemory;
import io.holdfast.compute.agent.AgentMemory.Ruling;
import io.holdfast.model.Generation;
import io.holdfast.model.LeaderEpoch;
import java.util.LinkedHashMap;
import java.util.Map;

/** Mistakes in what an agent takes and refuses. */
final class AgentMutants {

    private AgentMutants() {}

    private static Mutation with(AgentRules rules) {
        return new Mutation() {
            @Override
            public AgentRules agentRules() {
                return rules;
            }
        };
    }

    static Mutation anyLeader() {
        return with(new AgentRules() {
            @Override
            public Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
                return forgetful(memory).rule(order, bootId);
            }

            @Override
            public Ruling rule(AgentMemory memory, InstanceOrder order, String bootId) {
                return forgetful(memory).rule(order, bootId);
            }

            private static AgentMemory forgetful(AgentMemory memory) {
                return new AgentMemory(
                        memory.bootId(),
                        memory.hostEpoch(),
                        memory.incarnation(),
                        memory.adoption(),
                        LeaderEpoch.ZERO,
                        memory.newest(),
                        memory.owned());
            }
        });
    }

    /** Takes a list that was made for an earlier boot and held up. */
    static Mutation anyBoot() {
        return with(new AgentRules() {
            @Override
            public Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
                return memory.rule(
                        new AdoptOrder(
                                order.host(),
                                order.hostEpoch(),
                                order.incarnation(),
                                bootId,
                                order.number(),
                                order.leader(),
                                order.owned()),
                        bootId);
            }
        });
    }

    /** Says of every guest that it is up as soon as its process runs. */
    static Mutation believesEveryGuest() {
        return with(new AgentRules() {
            @Override
            public boolean waitsForTheGuest() {
                return false;
            }
        });
    }

    /** Takes whatever it is told of an instance, whoever owns the instance since. */
    static Mutation anyGeneration() {
        return with(new AgentRules() {
            @Override
            public Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
                return new AgentMemory(
                                memory.bootId(),
                                memory.hostEpoch(),
                                memory.incarnation(),
                                memory.adoption(),
                                memory.leader(),
                                Map.of(),
                                memory.owned())
                        .rule(order, bootId);
            }

            @Override
            public Ruling rule(AgentMemory memory, InstanceOrder order, String bootId) {
                Map<io.holdfast.model.InstanceId, Generation> newest = new LinkedHashMap<>(memory.newest());
                newest.remove(order.instance());
                return new AgentMemory(
                                bootId,
                                order.hostEpoch(),
                                memory.incarnation(),
                                memory.adoption(),
                                LeaderEpoch.ZERO,
                                newest,
                                memory.owned())
                        .rule(order, bootId);
            }
        });
    }

    /** Takes any list of what the host owns, also one that a newer list has overtaken. */
    static Mutation anyNumber() {
        return with(new AgentRules() {
            @Override
            public Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
                return new AgentMemory(
                                memory.bootId(),
                                memory.hostEpoch(),
                                memory.incarnation(),
                                0,
                                memory.leader(),
                                memory.newest(),
                                memory.owned())
                        .rule(order, bootId);
            }
        });
    }
}
