package io.holdfast.recovery.store;

import io.holdfast.recovery.CaseJournal;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

class StoredCasesTest extends CaseJournalContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());

    StoredCasesTest() {
        store.inTransactionDo(session -> {
            for (String host : List.of("h1", "h2")) {
                session.createNativeMutationQuery(
                                "insert into host (id, uuid, segment, state) values (:id, :uuid, 'default', 'SERVING')")
                        .setParameter("id", host)
                        .setParameter("uuid", UUID.randomUUID())
                        .executeUpdate();
            }
        });
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    CaseJournal journal() {
        return new StoredCases(store);
    }

    @Override
    List<String> factTypes() {
        return WrittenFacts.types(store);
    }
}
