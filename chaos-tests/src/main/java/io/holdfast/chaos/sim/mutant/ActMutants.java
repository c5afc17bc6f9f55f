package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.World;
import io.holdfast.fencing.ActPermit;
import io.holdfast.recovery.InstanceSettings;
import io.holdfast.recovery.RecoverySettings;
import java.time.Duration;

/** Mistakes in when something may be done. */
final class ActMutants {

    private ActMutants() {}

    static Mutation staleLease() {
        return new Mutation() {
            @Override
            public ActPermit permit(World world, ActPermit real) {
                return (segment, leader) -> true;
            }

            @Override
            public boolean leaseNeverEnds() {
                return true;
            }
        };
    }

    static Mutation overClaim() {
        return new Mutation() {
            @Override
            public double room(double real) {
                return real * 3;
            }
        };
    }

    static Mutation splitsGroups() {
        return new Mutation() {
            @Override
            public boolean partsFromGroups() {
                return false;
            }
        };
    }

    static Mutation movesUnasked() {
        return new Mutation() {
            @Override
            public boolean asksTheHome() {
                return false;
            }
        };
    }

    static Mutation saysCutShort() {
        return new Mutation() {
            @Override
            public RecoverySettings recovery(RecoverySettings real) {
                InstanceSettings instances = real.instances();
                return real.with(new InstanceSettings(
                        instances.defaultPriority(),
                        instances.dependencyLimit(),
                        instances.restartLimit(),
                        instances.failbackAfter(),
                        instances.failbacksAtOnce(),
                        Duration.ofSeconds(1)));
            }
        };
    }

    static Mutation loseCreate() {
        return new Mutation() {
            private int creates;

            @Override
            public boolean storesCreates(World world) {
                return ++creates % 7 != 0;
            }
        };
    }
}
