package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.fencing.FencingException;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.recovery.RecoveryUnavailable;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.store.StoreException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A human, or a monitor that speaks for one. Speaks to the leader, by the verbs that the API has. Says that a host is
 * isolated only when it is; that one is dead, as the caller of {@link #confirmDead} likes.
 */
public final class Operator {

    private static final Actor NAME = new Actor("operator", "api");

    private final World world;
    private final Set<InstanceId> hurried = new HashSet<>();

    Operator(World world) {
        this.world = world;
    }

    // ---- words about a host

    /** @param fenced whether the operator states that the host is isolated */
    public void forceDown(HostId host, boolean fenced) {
        tell("says that " + host + " is down" + (fenced ? ", and isolated" : ""));
        world.checkers().wordGiven(host, fenced);
        ask(recovery -> recovery.forceDown(host, NAME, fenced, "seen on site"));
    }

    public void clearForceDown(HostId host) {
        tell("takes the word on " + host + " back");
        ask(recovery -> recovery.clearForceDown(host, NAME));
    }

    /** @param overridden signals of which the operator says that they are wrong */
    public void confirmDead(HostId host, Set<String> overridden) {
        confirmDead(host, overridden, () -> true);
    }

    /** @param still whether it is still as the operator sees it; if not, they think better of it */
    void confirmDead(HostId host, Set<String> overridden, BooleanSupplier still) {
        tell("confirms that " + host + " is dead"
                + (overridden.isEmpty() ? "" : ", whatever its " + String.join(", ", overridden) + " may say"));
        onLeader(process -> process.confirmDead(host, NAME, "seen on site", overridden, word -> {
            if (!still.getAsBoolean()) {
                tell("thinks better of it");
                return;
            }
            world.checkers().wordGiven(host, true);
            try {
                word.run();
            } catch (ComputeException refused) {
                world.checkers().wordRefused(host);
                tell("is refused: " + refused.getMessage());
            } catch (DatabaseAway | StoreException | RecoveryUnavailable away) {
                // It may be taken all the same.
                tell("is refused: " + away.getMessage());
            }
        }));
    }

    // ---- orders

    public void disable(HostId host) {
        tell("disables " + host);
        onLeader(process -> process.database().hosts().disable(host, NAME, "for work on it"));
    }

    public void enable(HostId host) {
        tell("enables " + host);
        onLeader(process -> process.database().hosts().enable(host, NAME));
    }

    /** It takes nobody from now on but the instances of a host that fails. */
    public void reserve(HostId host) {
        tell("reserves " + host);
        onLeader(process -> {
            FailoverSegments segments = process.database().failover();
            segments.put(host, FailoverSegments.own(World.SEGMENT.value()), "COMPUTE", "none", true);
            process.database().hosts().disable(host, NAME, "reserved");
        });
    }

    /** Which hosts may be given the instances of one that fails. */
    public void recoveryMethod(RecoveryMethod method) {
        tell("wants failures answered with " + method.word());
        onLeader(process -> {
            FailoverSegments segments = process.database().failover();
            FailoverSegment own = segments.list().getFirst();
            segments.update(own.with(own.name(), own.description(), method, own.serviceType(), own.enabled()));
        });
    }

    public void maintenance(HostId host, boolean on) {
        tell((on ? "begins" : "ends") + " maintenance of " + host);
        ask(recovery -> recovery.maintenance(host, on, NAME, on ? "for work on it" : "the work is done"));
    }

    /** Of what all hosts share. */
    public void maintenance(boolean on) {
        tell((on ? "begins" : "ends") + " maintenance of the segment");
        ask(recovery ->
                recovery.maintenance(World.SEGMENT, on, NAME, on ? "for work on the network" : "the work is done"));
    }

    public void arm(Armed mode) {
        tell(
                mode == Armed.ARMED
                        ? "arms the segment"
                        : "disarms the segment (" + mode.name().toLowerCase(Locale.ROOT) + ")");
        ask(recovery -> recovery.arm(World.SEGMENT, mode, NAME, mode == Armed.ARMED ? "all is well" : "for the move"));
    }

    public void release(HostId host) {
        tell("releases " + host + " from quarantine");
        ask(recovery -> recovery.release(host, NAME));
    }

    // ---- about instances

    /** @param to the host that it shall go to, or null for any */
    public void migrate(InstanceId instance, @Nullable HostId to) {
        tell("asks for " + world.name(instance) + " to be migrated" + (to == null ? "" : " to " + to));
        // It starts at its new home when the operator wants it there, and waits for nobody.
        hurried.add(instance);
        ask(recovery -> {
            switch (recovery.migrate(instance, to, NAME)) {
                case Recovery.MoveAnswer.Accepted _ -> tell("is told: accepted");
                case Recovery.MoveAnswer.Conflict no -> tell("is refused: " + no.reason());
                case Recovery.MoveAnswer.NotFound _ -> tell("is refused: there is no such instance");
            }
        });
    }

    // ---- about cases

    /** Does not wait for the next attempt of a host's newest case. */
    public void retry(HostId host) {
        tell("asks for another try on " + host);
        onCase(host, (recovery, id) -> recovery.retry(id, NAME));
    }

    /** Does not wait for the next attempt on one instance of the newest case about it. */
    public void retry(InstanceId instance) {
        tell("asks for another try with " + world.name(instance));
        hurried.add(instance);
        onCase(instance, (recovery, id) -> recovery.retry(id, instance, NAME));
    }

    /** Whether somebody ever asked for this instance to be tried at once, whatever it waits for. */
    public boolean hurried(InstanceId instance) {
        return hurried.contains(instance);
    }

    /** Gives a host's newest case up. */
    public void abandon(HostId host) {
        tell("gives the case of " + host + " up");
        onCase(host, (recovery, id) -> recovery.abandon(id, NAME, "it will not be repaired"));
    }

    /** Has the newest case about an instance leave it alone. */
    public void abandon(InstanceId instance) {
        tell("has " + world.name(instance) + " left alone");
        onCase(instance, (recovery, id) -> recovery.abandon(id, instance, NAME, "it is not needed"));
    }

    private interface CaseVerb {
        void on(Recovery recovery, CaseId id);
    }

    private void onCase(HostId host, CaseVerb verb) {
        world.database()
                .newestCase(host)
                .ifPresentOrElse(
                        state -> ask(recovery -> verb.on(recovery, state.id())),
                        () -> tell("finds no case of " + host));
    }

    private void onCase(InstanceId instance, CaseVerb verb) {
        world.hosts().stream()
                .map(host -> world.database().newestCase(host.id()))
                .flatMap(Optional::stream)
                .filter(state -> state.move(instance).isPresent())
                .max(Comparator.comparing(CaseState::openedAt))
                .ifPresentOrElse(
                        state -> ask(recovery -> verb.on(recovery, state.id())),
                        () -> tell("finds no case about " + world.name(instance)));
    }

    // ---- how it is said

    private void tell(String what) {
        world.story().tell("operator", what);
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
                        tell("is refused: " + refused.getMessage());
                    }
                });
                return;
            }
        }
        tell("finds nobody who leads");
    }
}
