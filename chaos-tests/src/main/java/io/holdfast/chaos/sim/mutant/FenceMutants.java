package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.FenceRules;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.World;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.model.PowerState;
import java.util.List;
import java.util.function.UnaryOperator;

/** Mistakes in what a power device's answer means. */
final class FenceMutants {

    private FenceMutants() {}

    static Mutation skipReadBack() {
        return new Mutation() {
            @Override
            public FenceRules fenceRules(World world) {
                return (state, event, now) -> event instanceof FenceAttempt.Ordered(PowerOrder order)
                                && order.answer() == PowerOrder.Answer.ACCEPTED
                        ? new FenceAttempt.Step(new FenceAttempt.Proven("the device said done", List.of()), List.of())
                        : FenceAttempt.step(state, event, now);
            }
        };
    }

    static Mutation unknownIsOff() {
        return reading(reading -> reading.state() == PowerState.UNKNOWN ? off(reading) : reading);
    }

    static Mutation refusedIsOff() {
        return new Mutation() {
            @Override
            public FenceRules fenceRules(World world) {
                return (state, event, now) -> event instanceof FenceAttempt.Ordered(PowerOrder order)
                                && order.answer() == PowerOrder.Answer.REFUSED
                        ? new FenceAttempt.Step(new FenceAttempt.Proven("it must have been off", List.of()), List.of())
                        : FenceAttempt.step(state, event, now);
            }
        };
    }

    private static Mutation reading(UnaryOperator<PowerReading> change) {
        return new Mutation() {
            @Override
            public FenceRules fenceRules(World world) {
                return (state, event, now) -> FenceAttempt.step(
                        state,
                        event instanceof FenceAttempt.Read(PowerReading reading)
                                ? new FenceAttempt.Read(change.apply(reading))
                                : event,
                        now);
            }
        };
    }

    private static PowerReading off(PowerReading reading) {
        return new PowerReading(PowerState.OFF, reading.detail(), reading.took());
    }
}
