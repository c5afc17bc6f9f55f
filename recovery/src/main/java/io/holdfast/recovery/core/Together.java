package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import java.util.Optional;

/**
 * Keeps a strict affinity group in one place when its host comes back in mid-recovery.
 *
 * <p><b>Intuition.</b> Half of a group has been claimed on another host, and the old home returns. Whoever goes on at home now
 * is apart from the rest, and no rule of the planner can mend that: both halves run. So the others do not get their home back:
 * the store takes them off it in the transaction that ends its isolation ({@code compute.core.HomeReturn}). Those that are
 * being moved follow the group, from then on as instances without a home; those that are not to be moved (their policy, or
 * stopped by their owner) stay where they are put, which is nowhere, until their owner starts them.
 *
 * <p><b>Invariant.</b> While another member has a new home or may be given one at any moment, no member that is still at the
 * old home is said to go on there. When none has (the claim was refused, the other was deleted), all go home together.
 * Whatever is said here, the store decides, by where the members live: a move that says something else is corrected by what
 * is seen of its instance.
 *
 * <p>A part of {@link CaseMachine}: pure.
 */
final class Together {

    private Together() {}

    /** Where the rest of this one's group has its new home, if that keeps it from going on at the old one. */
    static Optional<HostId> elsewhere(CaseState state, Move move) {
        String group = move.terms().together();
        if (group == null) {
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
