package io.holdfast.recovery.core;

import io.holdfast.recovery.core.CaseCommand.Heed;
import io.holdfast.recovery.core.Phase.Dumping;
import io.holdfast.recovery.core.Phase.Fencing;
import java.time.Instant;

/**
 * A host whose kernel has crashed may write its memory away before its power is cut.
 *
 * <p>A part of {@link CaseMachine}: pure, one call per step. What a host says is heard over a network on which anybody might speak in its name. So it
 * puts the order off and does nothing else, and for no longer than a limit that begins with the case's first wait: further messages,
 * further attempts and further leaders do not begin it anew.
 */
final class KernelDumps {

    private KernelDumps() {}

    static Heed heed(CaseState state) {
        CaseState.Dump dump = state.dump();
        if (state.powerReadOff() || (dump != null && dump.over())) {
            return Heed.NONE;
        }
        return dump == null && state.word() == null ? Heed.PATIENT : Heed.HEARD;
    }

    static void deferred(Turn turn, CaseEvent.FenceDeferred event) {
        CaseState state = turn.state();
        if (!(state.phase() instanceof Fencing fencing) || fencing.attempt() != event.attempt()) {
            return;
        }
        if (state.returnedAt() != null && state.word() == null) {
            CaseMachine.pardon(
                    turn,
                    "the host is back, and nothing was ordered (" + event.dump().reason() + ")");
            return;
        }
        CaseState.Dump before = state.dump();
        Instant limit = before == null ? event.dump().limit() : before.limit();
        boolean over = !turn.now.isBefore(limit);
        boolean news = event.dump().heard() && (before == null || !before.heard());
        turn.become(state.withDump(
                new CaseState.Dump(event.dump().heard() || (before != null && before.heard()), limit, over)));
        if (news) {
            turn.line("dumping", event.dump().reason());
            turn.tellOfHost("host.dumping", event.dump().reason());
        } else if (before == null) {
            turn.line("dump-awaited", event.dump().reason());
        }
        if (over) {
            turn.line("dump-limit", "it had its time to write its kernel's memory away; its power is cut now");
            CaseMachine.fence(turn, event.attempt());
            return;
        }
        Instant until = event.dump().until().isBefore(limit) ? event.dump().until() : limit;
        turn.enter(new Dumping(event.attempt(), event.dump().reason(), until));
    }

    /** Somebody does not want to wait any longer. */
    static void notAwaited(Turn turn, Dumping dumping) {
        CaseState.Dump dump = turn.state().dump();
        Instant limit = dump == null ? turn.now : dump.limit();
        turn.become(turn.state().withDump(new CaseState.Dump(dump != null && dump.heard(), limit, true)));
        CaseMachine.fence(turn, dumping.attempt());
    }
}
