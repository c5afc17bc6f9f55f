package io.holdfast.recovery.core;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState.Request;
import io.holdfast.recovery.core.Phase.Evacuating;
import io.holdfast.recovery.core.Phase.Fenced;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What becomes of those who lived on a host that has just been proven isolated: who is moved, who stays, and who is told.
 *
 * <p>A part of {@link CaseMachine}: pure, one call per step.
 */
final class FirstMoves {

    private FirstMoves() {}

    static void listed(Turn turn, CaseEvent.InstancesListed event) {
        List<Instance> instances = event.instances();
        if (!(turn.state().phase() instanceof Fenced fenced)) {
            return;
        }
        Map<InstanceId, Move> moves = new LinkedHashMap<>();
        turn.state().moves().forEach(move -> moves.put(move.id(), move));
        for (Instance instance : instances) {
            Move known = moves.get(instance.id());
            if (known == null
                    || known.settled()
                    || known.generation().isOlderThan(instance.generation())
                    || turn.state().host().equals(known.state().destination())
                    // Asked, or answered, of an earlier failure; what it wants now may be something else.
                    || (known.say() != null && known.stillAtHome())) {
                // Also a move carried over from an earlier case whose destination was this very host.
                moves.put(instance.id(), begin(turn, instance, event));
            }
        }
        tellForgotten(turn, instances);
        turn.enter(new Evacuating(fenced.proof(), false, turn.in(turn.settings.replanInterval())));
        List<Move> begun = Dependencies.begin(turn, moves.values(), instances, event.others());
        turn.become(turn.state().withMoves(begun).withRequests(List.of()));
        // Carried moves were not driven while this host was being fenced.
        turn.state().moves().forEach(move -> {
            if (move.state() instanceof MoveState.Active) {
                MoveMachine.commands(move).forEach(turn::send);
            }
        });
    }

    /** Owners of whose instances memory knew nothing when the host was condemned are told now, by the store's list. */
    private static void tellForgotten(Turn turn, List<Instance> instances) {
        CaseState state = turn.state();
        for (Instance instance : instances) {
            if (state.affected().stream().noneMatch(who -> who.id().equals(instance.id()))) {
                turn.tellOf(
                        instance.id(),
                        instance.name(),
                        instance.project(),
                        instance.policy().name(),
                        "instance.host-failed",
                        "host " + state.host() + " is condemned: " + state.reason());
            }
        }
    }

    private static Move begin(Turn turn, Instance instance, CaseEvent.InstancesListed event) {
        Instant escalateAt = turn.in(turn.settings.instanceDeadline());
        Request request = turn.state().requests().stream()
                .filter(asked -> asked.instance().equals(instance.id()))
                .findFirst()
                .orElse(null);
        Move move = Move.of(
                instance,
                new MoveState.Waiting("to be planned", turn.now),
                escalateAt,
                Terms.of(instance, event.together().get(instance.id()), turn.settings));
        if (instance.goal() == InstanceGoal.DELETED) {
            // The proof has ended it, or will with the owner's next look; there is nobody to find a home for.
            return leave(turn, move, new MoveState.Gone("its owner has it deleted"));
        }
        if (instance.goal() != InstanceGoal.RUNNING) {
            return leave(turn, move, new MoveState.Left(why(instance.goal())));
        }
        if (turn.state().returnedAt() != null) {
            return MoveMachine.homeReturned(turn, move);
        }
        if (request != null && request.say() == null) {
            return (request.stopped() ? move.leftStopped() : move)
                    .only(request.only())
                    .in(new MoveState.Waiting("asked for by " + request.by(), turn.now));
        }
        String source = "policy " + instance.policy().name().toLowerCase(java.util.Locale.ROOT) + " (from "
                + instance.policySource() + ")";
        return switch (instance.policy()) {
            case AUTOMATIC -> Says.begin(turn, move, instance, event.says().get(instance.id()), request);
            case NOTIFY ->
                leave(turn, move, new MoveState.Notified(source + ": its owner is told, and may evacuate it"));
            case NONE -> leave(turn, move, new MoveState.Left(source + ": it stays where it is"));
        };
    }

    /** Why an instance that shall not run is left where it is: its owner has to start it, and then it gets a home. */
    private static String why(InstanceGoal goal) {
        return switch (goal) {
            case STOPPED -> "its owner has it stopped; it gets a home when it is started";
            case PAUSED ->
                "its owner has it paused: its memory ends with its host, and it is left stopped; it gets a home when"
                        + " it is started";
            case SUSPENDED ->
                "its owner has it suspended; it gets a home when it is resumed, or started if its memory was not"
                        + " written to its end";
            case RUNNING, DELETED -> throw new IllegalStateException("what shall be " + goal + " is not left");
        };
    }

    private static Move leave(Turn turn, Move move, MoveState.Settled state) {
        String reason = switch (state) {
            case MoveState.Notified s -> s.reason();
            case MoveState.Left s -> s.reason();
            case MoveState.Gone s -> s.reason();
            case MoveState.Superseded s -> s.reason();
            case MoveState.HomeReturned s -> s.reason();
            case MoveState.Abandoned s -> s.reason();
            case MoveState.LeftStopped s -> "";
            case MoveState.Running s -> "";
        };
        Move left = move.in(state);
        turn.line(left, "not-acted", reason);
        turn.tellOf(left, "instance.not-moved", reason);
        return left;
    }
}
