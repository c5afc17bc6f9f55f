package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal.Stored;
import io.holdfast.recovery.Recovery.MoveAnswer;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedMoveMachine;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens planned moves: somebody asks for one, or an instance goes back to its old home.
 *
 * <p>{@link #migrate} blocks on the caller's thread, any thread, and returns when the move is durable; {@link #goBack} is
 * the owner thread's. What if we die here: a move that is in the journal is driven by whoever leads next.
 */
final class MoveRequests {

    private final RecoveryEngine engine;
    private final PlannedMoves planned;
    private final SegmentId segment;
    private final Instances instances;
    private final MoveJournal journal;
    private final RecoverySettings settings;
    private final InstantSource clock;
    private final Supplier<UUID> ids;

    /** @param ids names for new moves, never the same twice */
    MoveRequests(
            RecoveryEngine engine,
            PlannedMoves planned,
            SegmentId segment,
            Instances instances,
            MoveJournal journal,
            RecoverySettings settings,
            InstantSource clock,
            Supplier<UUID> ids) {
        this.engine = engine;
        this.planned = planned;
        this.segment = segment;
        this.instances = instances;
        this.journal = journal;
        this.settings = settings;
        this.clock = clock;
        this.ids = ids;
    }

    List<PlannedMove> moves(@Nullable InstanceId instance, int limit) {
        return journal.list(instance, limit).stream().map(Stored::move).toList();
    }

    MoveAnswer migrate(InstanceId id, @Nullable HostId target, Actor by) {
        Instance instance = instances.find(id).orElse(null);
        if (instance == null || instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            return new MoveAnswer.NotFound();
        }
        HostId home = instance.home();
        String why = whyNot(instance, home, target);
        if (home == null || why != null) {
            return new MoveAnswer.Conflict("instance " + id + " cannot be moved now: " + why);
        }
        if (target != null) {
            engine.known(target);
        }
        ComputeHost host = engine.known(home);
        if (host.state() != HostState.SERVING) {
            return new MoveAnswer.Conflict("host " + home + " is "
                    + host.state().name().toLowerCase(Locale.ROOT)
                    + ", and only a home that serves can let an instance go; evacuate it if the host failed");
        }
        Object checked = engine.ask(() -> {
            String objection = objection(id, home);
            return objection == null ? (Object) engine.leading() : objection;
        });
        if (!(checked instanceof LeaderEpoch leader)) {
            return new MoveAnswer.Conflict("instance " + id + " cannot be moved now: " + checked);
        }
        PlannedMove move = PlannedMoveMachine.open(
                new PlannedMoveMachine.Opening(ids.get(), segment, instance, home, target, false, by.toString()),
                clock.instant(),
                settings);
        Outcome outcome;
        try {
            outcome = journal.write(leader, move, 0, List.of());
        } catch (RuntimeException unknown) {
            // It may be there all the same, and then it has to be driven.
            engine.post(leader, () -> find(move.id()));
            throw unknown;
        }
        return switch (outcome) {
            case DONE -> {
                engine.post(leader, () -> planned.take(new Stored(move, 1)));
                yield new MoveAnswer.Accepted(move.id());
            }
            case CONFLICT -> new MoveAnswer.Conflict("instance " + id + " is being moved already");
            case STALE_LEADER ->
                throw new RecoveryUnavailable("somebody else works on segment " + segment + " now; ask again");
        };
    }

    private static @Nullable String whyNot(Instance instance, @Nullable HostId home, @Nullable HostId target) {
        if (home == null) {
            return "it has no home that it could leave";
        }
        if (instance.goal() != InstanceGoal.RUNNING) {
            return "it is stopped; start it first";
        }
        if (instance.task() != null) {
            return "its task_state is " + instance.task();
        }
        return home.equals(target) ? "it lives on host " + home + " already" : null;
    }

    /** Owner thread. */
    private @Nullable String objection(InstanceId id, HostId home) {
        if (planned.concerns(id)) {
            return "it is being moved already";
        }
        if (engine.openCase(home) != null) {
            return "host " + home + " has an open case";
        }
        return engine.suspects(home) ? "host " + home + " is suspected to have failed" : null;
    }

    private void find(UUID id) {
        engine.work("find out whether a planned move was taken", () -> {
            Stored found = journal.find(id).orElse(null);
            return found == null ? null : () -> planned.take(found);
        });
    }

    /** Owner thread: nobody asked, and its owner wants it so. */
    void goBack(Instance instance, HostId home, HostId oldHome) {
        LeaderEpoch leader = engine.leading();
        if (leader == null) {
            return;
        }
        PlannedMove move = PlannedMoveMachine.open(
                new PlannedMoveMachine.Opening(
                        ids.get(), segment, instance, home, oldHome, true, Actor.HOLDFAST.toString()),
                clock.instant(),
                settings);
        Stored stored = new Stored(move, 1);
        engine.work("open a planned move", () -> {
            Outcome outcome = journal.write(leader, move, 0, List.of());
            // A second move of the instance is refused, and so is the same one whose answer was lost.
            boolean taken = outcome == Outcome.DONE
                    || journal.find(move.id()).filter(stored::equals).isPresent();
            return taken ? () -> planned.take(stored) : null;
        });
    }
}
