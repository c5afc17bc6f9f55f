package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.fencing.FencingException;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.RecoveryUnavailable;
import io.holdfast.store.StoreException;
import java.util.function.Consumer;

/** A human, or a monitor that speaks for one. Speaks to the leader. Says that a host is isolated only when it is. */
public final class Operator {

    private static final Actor NAME = new Actor("operator", "api");

    private final World world;

    Operator(World world) {
        this.world = world;
    }

    /** @param fenced whether the operator states that the host is isolated */
    public void forceDown(HostId host, boolean fenced) {
        world.story().tell("operator", "says that " + host + " is down" + (fenced ? ", and isolated" : ""));
        world.checkers().wordGiven(host, fenced);
        ask(recovery -> recovery.forceDown(host, NAME, fenced, "seen on site"));
    }

    public void clearForceDown(HostId host) {
        world.story().tell("operator", "takes the word on " + host + " back");
        ask(recovery -> recovery.clearForceDown(host, NAME));
    }

    public void disable(HostId host) {
        world.story().tell("operator", "disables " + host);
        onLeader(process -> process.database().hosts().disable(host, NAME, "for work on it"));
    }

    public void enable(HostId host) {
        world.story().tell("operator", "enables " + host);
        onLeader(process -> process.database().hosts().enable(host, NAME));
    }

    private void ask(Consumer<Recovery> verb) {
        onLeader(process -> verb.accept(process.engine()));
    }

    private void onLeader(Consumer<ControllerProcess> verb) {
        for (Controller controller : world.controllers()) {
            ControllerProcess process = controller.process();
            if (process != null && controller.leads()) {
                process.run(() -> {
                    try {
                        verb.accept(process);
                    } catch (DatabaseAway
                            | ComputeException
                            | StoreException
                            | FencingException
                            | RecoveryUnavailable
                            | IllegalStateException refused) {
                        world.story().tell("operator", "is refused: " + refused.getMessage());
                    }
                });
                return;
            }
        }
        world.story().tell("operator", "finds nobody who leads");
    }
}
