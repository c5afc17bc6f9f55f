package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Withdrawals;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal.Stored;
import io.holdfast.recovery.Recovery.EvacuationAnswer;
import io.holdfast.recovery.Recovery.FollowAnswer;
import io.holdfast.recovery.Recovery.MoveAnswer;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedMoveMachine;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens planned moves: somebody asks for one, somebody has moved an instance himself, or an instance goes back to its old home.
 *
 * <p>{@link #migrate} and {@link #follow} block on the caller's thread, any thread, and return when the move is durable;
 * {@link #goBack} is the owner thread's. What if we die here: a move that is in the journal is driven by whoever leads next.
 */
final class MoveRequests {

    private static final Logger log = LoggerFactory.getLogger(MoveRequests.class);

    private final RecoveryEngine engine;
    private final PlannedMoves planned;
    private final SegmentId segment;
    private final Instances instances;
    private final Withdrawals withdrawals;
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
            Withdrawals withdrawals,
            MoveJournal journal,
            RecoverySettings settings,
            InstantSource clock,
            Supplier<UUID> ids) {
        this.engine = engine;
        this.planned = planned;
        this.segment = segment;
        this.instances = instances;
        this.withdrawals = withdrawals;
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
                    + word(host)
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
                new PlannedMoveMachine.Opening(ids.get(), segment, instance, home, target, false, false, by.toString()),
                clock.instant(),
                settings);
        return begun(leader, move)
                ? new MoveAnswer.Accepted(move.id())
                : new MoveAnswer.Conflict("instance " + id + " is being moved already");
    }

    /** Whether it is durable and driven; not when another move of the instance is open. */
    private boolean begun(LeaderEpoch leader, PlannedMove move) {
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
                yield true;
            }
            case CONFLICT -> false;
            case STALE_LEADER ->
                throw new RecoveryUnavailable("somebody else works on segment " + segment + " now; ask again");
        };
    }

    FollowAnswer follow(InstanceId id, @Nullable HostId from, HostId to, Actor by) {
        ComputeHost target = engine.known(to);
        Instance instance = instances.find(id).orElse(null);
        if (instance == null || instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            return new FollowAnswer.NotFound();
        }
        HostId home = instance.home();
        if (to.equals(home)) {
            return new FollowAnswer.AtHome();
        }
        PlannedMove open = underWay(id, to);
        if (open != null) {
            return new FollowAnswer.Accepted(open.id());
        }
        String why = from != null && !from.equals(home) ? "its home is " + home : whyNot(instance, home, to);
        if (home == null || why != null) {
            return unfollowed(id, to, String.valueOf(why));
        }
        ComputeHost host = engine.known(home);
        if (!host.segment().equals(target.segment())) {
            return unfollowed(id, to, "that host belongs to segment " + target.segment() + ", which has other storage");
        }
        if (target.state() != HostState.SERVING) {
            return unfollowed(id, to, "that host is " + word(target) + ", and what it says does not count");
        }
        return switch (host.state()) {
            case SERVING -> followed(instance, home, to, by);
            case FENCED -> recovered(id, to, by);
            case CONDEMNED ->
                unfollowed(
                        id, to, "its home " + home + " is condemned and not proven isolated yet; report it again then");
            case JOINING -> unfollowed(id, to, "its home " + home + " is just joining; report it again when it serves");
        };
    }

    /** Asked of both, because whoever reports may be mistaken: the home would be told to end a healthy guest. */
    private FollowAnswer followed(Instance instance, HostId home, HostId to, Actor by) {
        InstanceId id = instance.id();
        if (!withdrawals.isSeenAt(id, to, settings.callDeadline())) {
            return unfollowed(id, to, "that host does not say that it runs there");
        }
        if (withdrawals.isSeenAt(id, home, settings.callDeadline())) {
            return unfollowed(id, to, "its home " + home + " says that it runs there as well; end one of the two");
        }
        Object checked = engine.ask(() -> {
            String objection = objection(id, home);
            return objection == null ? (Object) engine.leading() : objection;
        });
        if (!(checked instanceof LeaderEpoch leader)) {
            return unfollowed(id, to, String.valueOf(checked));
        }
        PlannedMove move = PlannedMoveMachine.open(
                new PlannedMoveMachine.Opening(ids.get(), segment, instance, home, to, true, false, by.toString()),
                clock.instant(),
                settings);
        if (begun(leader, move)) {
            return new FollowAnswer.Accepted(move.id());
        }
        PlannedMove other = underWay(id, to);
        return other == null ? unfollowed(id, to, "it is being moved already") : new FollowAnswer.Accepted(other.id());
    }

    private FollowAnswer recovered(InstanceId id, HostId to, Actor by) {
        if (!withdrawals.isSeenAt(id, to, settings.callDeadline())) {
            return unfollowed(id, to, "that host does not say that it runs there");
        }
        return switch (engine.evacuate(id, to, false, by)) {
            case EvacuationAnswer.Accepted(CaseId caseId) -> new FollowAnswer.Recovering(caseId);
            case EvacuationAnswer.HostNotDown(String reason) -> unfollowed(id, to, reason);
            case EvacuationAnswer.Conflict(String reason) -> unfollowed(id, to, reason);
            case EvacuationAnswer.NotFound() -> new FollowAnswer.NotFound();
        };
    }

    /** The same word said before, which is being followed. */
    private @Nullable PlannedMove underWay(InstanceId id, HostId to) {
        return journal.list(id, 1).stream()
                .map(Stored::move)
                .filter(move -> !move.settled() && move.followed() && to.equals(move.only()))
                .findFirst()
                .orElse(null);
    }

    private static FollowAnswer unfollowed(InstanceId id, HostId to, String why) {
        log.info("instance {} is not followed to {}: {}", id, to, why);
        return new FollowAnswer.Conflict("instance " + id + " is not followed to host " + to + ": " + why);
    }

    private static String word(ComputeHost host) {
        return host.state().name().toLowerCase(Locale.ROOT);
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
                        ids.get(), segment, instance, home, oldHome, false, true, Actor.HOLDFAST.toString()),
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
