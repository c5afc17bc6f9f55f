package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.RecoveryUnavailable;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who run something on the instances and are asked before anything is done about them. Some answer at once, some late,
 * some twice, some before they are asked, and some never; what they say need not make sense. By dice of their own.
 */
public final class Consumers {

    private static final Actor NAME = new Actor("consumer", "api");

    private final World world;
    private final Dice dice;

    Consumers(World world) {
        this.world = world;
        this.dice = world.dice("consumers");
    }

    /** A notice has reached whoever has the instance. */
    void heard(Fact fact) {
        boolean asked = fact.type().equals("instance.say-asked");
        if (!asked && !fact.type().equals("instance.host-failed")) {
            return;
        }
        InstanceId instance = InstanceId.parse(fact.subject().substring("instance/".length()));
        boolean asks = world.database()
                .instance(instance)
                .map(known -> TermsRule.read(known.metadata()).say())
                .filter(say -> say.asks())
                .isPresent();
        // A consumer in a scenario says what its lines say.
        if (!asks || !world.consumersAnswer()) {
            return;
        }
        if (!asked) {
            if (dice.chance(0.15)) {
                later(Duration.ZERO, Duration.ofSeconds(5), instance);
            }
            return;
        }
        if (dice.chance(0.6)) {
            later(Duration.ZERO, Duration.ofSeconds(70), instance);
        }
        if (dice.chance(0.2)) {
            later(Duration.ofSeconds(1), Duration.ofSeconds(90), instance);
        }
    }

    private void later(Duration least, Duration most, InstanceId instance) {
        double kind = dice.share();
        SayAnswer answer = kind < 0.6 ? SayAnswer.RECOVER : kind < 0.8 ? SayAnswer.LEAVE : SayAnswer.STOPPED;
        HostId only = answer == SayAnswer.RECOVER && dice.chance(0.3)
                ? dice.pick(List.copyOf(world.hosts())).id()
                : null;
        world.timeline().after(dice.between(least, most), () -> say(instance, answer, only));
    }

    /** Says it to whoever leads. */
    public void say(InstanceId instance, SayAnswer answer, @Nullable HostId only) {
        String words = answer.word() + (only == null ? "" : " on " + only);
        tell("says " + words + " of " + world.name(instance));
        for (Controller controller : world.controllers()) {
            ControllerProcess process = controller.process();
            if (process != null && controller.leads()) {
                process.run(() -> {
                    // It may be taken although its answer is lost.
                    world.checkers().said(instance, answer, only, false);
                    try {
                        process.engine().say(instance, answer, only, null, NAME);
                        world.checkers().said(instance, answer, only, true);
                    } catch (DatabaseAway | ComputeException | StoreException | RecoveryUnavailable refused) {
                        tell("is refused: " + refused.getMessage());
                    }
                });
                return;
            }
        }
        tell("finds nobody who leads");
    }

    private void tell(String what) {
        world.story().tell("consumer", what);
    }
}
