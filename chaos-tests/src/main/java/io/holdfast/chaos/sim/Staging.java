package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.SayAnswer;
import io.holdfast.fencing.FencingException;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.Recovery;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What somebody needs who makes a world do exactly what he says, event by event, rather than by chance: single steps, and
 * the verbs of owners and operators that chance does not use.
 */
public final class Staging {

    private static final Actor OWNER = new Actor("owner", "api");
    private static final Duration SHUT_DOWN = Duration.ofSeconds(2);

    private final World world;

    public Staging(World world) {
        this.world = world;
    }

    /** Lets one event happen if it is due by then; false if there is none, and then it is that time. */
    public boolean step(Duration until) {
        return world.timeline().step(until.toNanos());
    }

    public Duration now() {
        return Duration.ofNanos(world.timeline().now());
    }

    /** From now on nothing more is done to the world, and liveness counts. */
    public void leftAlone() {
        world.checkers().healed();
    }

    /** The invariants that can only be judged at the end are judged. */
    public void ended() {
        world.checkers().ended();
    }

    /** Switches a host on that the database knows from before. */
    public void bootKnown(Host host) {
        host.boot();
        world.database().settle(host.id(), "", host.capacity());
    }

    /** An administrator shuts a host down: its guests are stopped, its agent takes its leave and ends, its power goes. */
    public void shutDown(Host host) {
        world.story().tell(host.party(), "is shut down in good order");
        java.util.List.copyOf(host.guests()).forEach(guest -> host.end(guest.instance()));
        Agent agent = host.agent();
        if (agent != null) {
            agent.leave();
        }
        world.timeline().after(SHUT_DOWN, () -> {
            host.killAgent();
            // What its agent may have started again meanwhile.
            java.util.List.copyOf(host.guests()).forEach(guest -> host.end(guest.instance()));
            host.losePower("shut down");
        });
    }

    /** The guest of an instance stops to say that it is healthy, wherever it runs and will run, or says it again. */
    public void heartbeatLost(InstanceId instance, boolean lost) {
        world.beats().silent(instance, lost);
    }

    /**
     * The owner asks for an instance to be moved off a host that failed.
     *
     * @param stopped whether only its home shall move
     */
    public void evacuate(InstanceId instance, @Nullable HostId to, boolean stopped) {
        world.story()
                .tell(
                        "owner",
                        "asks for " + world.name(instance) + " to be moved" + (to == null ? "" : " to " + to)
                                + (stopped ? " and left stopped" : ""));
        if (stopped) {
            // It stops with its new home, and that comes now or later.
            world.checkers().unsure(new Wish(Wish.Verb.STOP, instance));
        }
        // Whoever orders it has answered for its consumer.
        world.checkers().said(instance, stopped ? SayAnswer.STOPPED : SayAnswer.RECOVER, to, false);
        onLeader(recovery -> {
            Recovery.EvacuationAnswer answer = recovery.evacuate(instance, to, stopped, OWNER);
            world.story().tell("owner", "is told: " + text(answer));
        });
    }

    private static String text(Recovery.EvacuationAnswer answer) {
        return switch (answer) {
            case Recovery.EvacuationAnswer.Accepted _ -> "accepted";
            case Recovery.EvacuationAnswer.HostNotDown no -> no.reason();
            case Recovery.EvacuationAnswer.Conflict no -> no.reason();
            case Recovery.EvacuationAnswer.NotFound _ -> "there is no such instance";
        };
    }

    private void onLeader(Consumer<Recovery> verb) {
        Controller leader = world.leader();
        ControllerProcess process = leader == null ? null : leader.process();
        if (process == null) {
            world.story().tell("owner", "finds nobody who leads");
            return;
        }
        process.run(() -> {
            try {
                verb.accept(process.engine());
            } catch (DatabaseAway | ComputeException | StoreException | FencingException | IllegalStateException no) {
                world.story().tell("owner", "is refused: " + no.getMessage());
            }
        });
    }
}
