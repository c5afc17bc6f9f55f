package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.FenceRules;
import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.World;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;

/** Mistakes in what a power device's answer means. */
final class FenceMutants {

    private FenceMutants() {}

    static Mutation skipReadBack() {
        return rules((state, event, now) -> ordered(event, PowerOrder.Answer.ACCEPTED)
                ? offAfter(FenceLadder.step(state, event, now), "the device said done", now)
                : FenceLadder.step(state, event, now));
    }

    static Mutation unknownIsOff() {
        return rules((state, event, now) -> FenceLadder.step(
                state,
                event instanceof FenceLadder.Answer(FenceAttempt.Read(Isolation.Power(PowerReading reading)))
                                && reading.state() == PowerState.UNKNOWN
                        ? off(reading.detail())
                        : event,
                now));
    }

    static Mutation refusedIsOff() {
        return rules((state, event, now) -> ordered(event, PowerOrder.Answer.REFUSED)
                ? offAfter(
                        FenceLadder.step(
                                state,
                                new FenceLadder.Answer(new FenceAttempt.Ordered(
                                        new PowerOrder(PowerOrder.Answer.ACCEPTED, "refused", Duration.ZERO))),
                                now),
                        "it must have been off",
                        now)
                : FenceLadder.step(state, event, now));
    }

    /** As soon as a level turns to its second device, the first one has proven. */
    static Mutation oneOutletIsEnough() {
        return rules((state, event, now) -> {
            FenceLadder.Step step = FenceLadder.step(state, event, now);
            return step.next() instanceof FenceLadder.Trying trying
                            && trying.device() > 1
                            && state instanceof FenceLadder.Trying before
                            && before.device() < trying.device()
                    ? new FenceLadder.Step(
                            new FenceLadder.Proven(
                                    trying.climb(),
                                    FenceProof.Kind.POWER_READ_OFF,
                                    trying.climb().evidence().getFirst().text()),
                            List.of())
                    : step;
        });
    }

    private static Mutation rules(FenceRules mistaken) {
        return new Mutation() {
            @Override
            public FenceRules fenceRules(World world) {
                return mistaken;
            }
        };
    }

    private static boolean ordered(FenceLadder.Event event, PowerOrder.Answer answer) {
        return event instanceof FenceLadder.Answer(FenceAttempt.Ordered(PowerOrder order)) && order.answer() == answer;
    }

    /** The reading that the step asks for is taken for "off" without asking. */
    private static FenceLadder.Step offAfter(FenceLadder.Step step, String why, long now) {
        return step.ended()
                        || !(step.commands().getFirst()
                                instanceof FenceLadder.Ask(FenceLadder.Place _, FenceAttempt.ReadPower _))
                ? step
                : FenceLadder.step(step.next(), off(why), now);
    }

    private static FenceLadder.Event off(String why) {
        return new FenceLadder.Answer(new FenceAttempt.Read(new PowerReading(PowerState.OFF, why, Duration.ZERO)));
    }
}
