package io.holdfast.recovery.store;

import io.holdfast.recovery.MoveJournal;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class StoredMovesTest extends MoveJournalContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final StoredMoves moves = new StoredMoves(store);

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    MoveJournal journal() {
        return moves;
    }

    @Override
    List<String> factTypes() {
        return WrittenFacts.types(store);
    }
}
