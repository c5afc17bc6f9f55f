package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Instances whose new home is claimed and which wait for a place to start there. Goal delivery, which tells every goal that
 * has not arrived, would start them at its next round: past the limits of starts, past priorities, and in a segment that
 * is disarmed.
 *
 * <p>Written by the engine's owner thread, asked by any. What if we die here: the next leader reads its cases and holds them
 * again; a start that slips through in between is one more at a time than was wished, and never a second copy.
 */
final class HeldStarts {

    private final Map<InstanceId, CaseId> held = new ConcurrentHashMap<>();

    boolean holds(InstanceId instance) {
        return held.containsKey(instance);
    }

    /** @param before the moves as they were */
    void follow(List<Move> before, CaseState now) {
        if (before.equals(now.moves())) {
            return;
        }
        for (Move move : now.moves()) {
            if (!now.closed()
                    && (move.state() instanceof MoveState.Placed || move.state() instanceof MoveState.Claimed)) {
                held.put(move.id(), now.id());
            } else {
                // Only our own: another case may have taken it up.
                held.remove(move.id(), now.id());
            }
        }
    }

    void clear() {
        held.clear();
    }
}
