package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import java.util.Optional;

/**
 * Keeps a strict affinity group in one place when its host comes back in mid-recovery.
 *
 * <p><b>Intuition.</b> Half of a group has been claimed on another host, and the old home returns. Whoever goes on at home now
 * is apart from the rest, and no rule of the planner can mend that: both halves run. So those that are not claimed yet
 * follow the group. The host is admitted, and told what it owns, after the last of them has left it; until then the fence
 * proof stands, and nothing runs there.
 *
 * <p><b>Invariant.</b> While another member has a new home or may be given one at any moment, no member that is still at the
 * old home is said to go on there. When none has (the claim was refused, the other was deleted), all go home together.
 *
 * <p>Who is not to be moved at all (its policy, or stopped by its owner) goes on at home whatever the group does: that is
 * its owner's own word. A part of {@link CaseMachine}: pure.
 */
final class Together {

    private Together() {}

    /** Where the rest of this one's group has its new home, if that keeps it from going on at the old one. */
    static Optional<HostId> elsewhere(CaseState state, Move move) {
        String group = move.terms().together();
        if (group == null || move.settled()) {
            return Optional.empty();
        }
        return state.moves().stream()
                .filter(other -> !other.id().equals(move.id())
                        && group.equals(other.terms().together()))
                .map(other -> other.state().destination())
                .filter(host -> host != null && !host.equals(state.host()))
                .findFirst();
    }

    /** After any event: whoever was kept from going home by a group that is not elsewhere any more goes home. */
    static void settle(Turn turn) {
        if (turn.state().returnedAt() != null) {
            CaseMachine.moves(
                    turn,
                    move -> move.state() instanceof MoveState.Active && move.stillAtHome()
                            ? MoveMachine.homeReturned(turn, move)
                            : move);
        }
    }
}
