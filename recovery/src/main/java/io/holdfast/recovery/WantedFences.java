package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which cases still want their host's power cut. An attempt takes seconds, and its case may have moved on in them; the attempt
 * asks here before each order. Written by the engine's owner thread, read by the threads of the attempts.
 */
final class WantedFences {

    /** Cases whose host came back, and against which nobody's word stands. */
    private final Set<CaseId> back = ConcurrentHashMap.newKeySet();

    /** Cases in FENCING: an attempt that outlives that phase orders nothing more. */
    private final Set<CaseId> wanted = ConcurrentHashMap.newKeySet();

    void follow(CaseState state) {
        put(
                back,
                state.id(),
                state.returnedAt() != null
                        && state.word() == null
                        && state.phase().unproven());
        put(wanted, state.id(), state.phase() instanceof Phase.Fencing);
    }

    void forget() {
        back.clear();
        wanted.clear();
    }

    /** Why nothing may be ordered for this case any more, or an empty text. */
    String calledOff(CaseId id) {
        if (back.contains(id)) {
            return "the host is back";
        }
        return wanted.contains(id) ? "" : "its case wants it no more";
    }

    private static void put(Set<CaseId> set, CaseId id, boolean in) {
        if (in) {
            set.add(id);
        } else {
            set.remove(id);
        }
    }
}
