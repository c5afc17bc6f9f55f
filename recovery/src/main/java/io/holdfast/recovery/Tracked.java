package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A case with what has not been written yet. Belongs to the owner thread of {@link RecoveryEngine}. */
final class Tracked {
    CaseState state;
    /** As the journal has it; the same as {@link #state} when nothing is unwritten. */
    CaseState stored;

    long version;
    final List<CaseStep.Line> lines = new ArrayList<>();
    final List<Fact> facts = new ArrayList<>();
    final List<CaseCommand> commands = new ArrayList<>();

    /** When something happens by itself; kept, because it is asked for after every event, of every case. */
    private @Nullable Instant deadline;

    Tracked(CaseState state, long version) {
        this.state = state;
        this.stored = state;
        this.version = version;
        this.deadline = state.nextDeadline();
    }

    void become(CaseState next) {
        state = next;
        deadline = next.nextDeadline();
    }

    /** As {@link CaseState#nextDeadline}. */
    @Nullable
    Instant nextDeadline() {
        return deadline;
    }

    boolean dirty() {
        return version == 0 || !state.equals(stored);
    }
}
