package io.holdfast.api;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instance;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.Recovery.FollowAnswer;
import io.holdfast.recovery.Recovery.MoveAnswer;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedMoveMachine;
import java.time.Instant;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/** Moves of instances that begin and go no further. */
final class FakeMoves {

    static final UUID FOLLOWED = new UUID(5, 5);

    private final Deque<PlannedMove> moves = new ConcurrentLinkedDeque<>();

    MoveAnswer migrate(@Nullable Instance one, @Nullable HostId target, Actor by) {
        if (one == null) {
            return new MoveAnswer.NotFound();
        }
        if (one.task() != null || one.actual() == ActualState.BUILDING) {
            return new MoveAnswer.Conflict("its task_state is spawning");
        }
        PlannedMove move = PlannedMoveMachine.open(
                new PlannedMoveMachine.Opening(
                        UUID.randomUUID(),
                        SegmentId.of("default"),
                        one,
                        one.home(),
                        target,
                        false,
                        false,
                        by.toString()),
                Instant.EPOCH,
                RecoverySettings.defaults());
        moves.addFirst(move);
        return new MoveAnswer.Accepted(move.id());
    }

    static FollowAnswer follow(@Nullable Instance one, @Nullable HostId from, HostId to, Set<HostId> known) {
        if (one == null) {
            return new FollowAnswer.NotFound();
        }
        if (!known.contains(to)) {
            throw new ComputeException(ComputeException.Kind.NOT_FOUND, "host " + to + " is not known");
        }
        if (to.equals(one.home())) {
            return new FollowAnswer.AtHome();
        }
        return from != null && !from.equals(one.home())
                ? new FollowAnswer.Conflict("its home is " + one.home())
                : new FollowAnswer.Accepted(FOLLOWED);
    }

    List<PlannedMove> list(@Nullable InstanceId instance, int limit) {
        return moves.stream()
                .filter(move -> instance == null || move.instance().equals(instance))
                .limit(limit)
                .toList();
    }
}
