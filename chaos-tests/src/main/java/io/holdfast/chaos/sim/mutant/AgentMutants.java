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

            @Override
            public boolean destroysStrangers() {
                return true;
            }

            private static AgentMemory forgetful(AgentMemory memory) {
                return new AgentMemory(
                        memory.bootId(),
                        memory.hostEpoch(),
                        memory.incarnation(),
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
                                order.leader(),
                                order.owned()),
                        bootId);
            }

            @Override
            public Ruling rule(AgentMemory memory, InstanceOrder order, String bootId) {
                return memory.rule(order, bootId);
            }

            @Override
            public boolean destroysStrangers() {
                return true;
            }
        });
    }

    /** Says of every guest that it is up as soon as its process runs. */
    static Mutation believesEveryGuest() {
        AgentRules real = AgentRules.real();
        return with(new AgentRules() {
            @Override
            public Ruling rule(AgentMemory memory, AdoptOrder order, String bootId) {
                return real.rule(memory, order, bootId);
            }

            @Override
            public Ruling rule(AgentMemory memory, InstanceOrder order, String bootId) {
                return real.rule(memory, order, bootId);
            }

            @Override
            public boolean destroysStrangers() {
                return real.destroysStrangers();
            }

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
                                LeaderEpoch.ZERO,
                                newest,
                                memory.owned())
                        .rule(order, bootId);
            }

            @Override
            public boolean destroysStrangers() {
                return true;
            }
        });
    }
}
