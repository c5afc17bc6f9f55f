package io.holdfast.recovery.store;

import io.holdfast.model.Fact;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.sim.InMemoryMoves;
import java.util.List;

class InMemoryMovesTest extends MoveJournalContract {

    private final InMemoryMoves moves = new InMemoryMoves();

    @Override
    MoveJournal journal() {
        return moves;
    }

    @Override
    List<String> factTypes() {
        return moves.facts().stream().map(Fact::type).toList();
    }
}
