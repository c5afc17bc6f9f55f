package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    @Test
    void aFactThatWasToldByTheShortRoadAndWrittenThereIsNoConflict() {
        Fact told = new Fact(
                UUID.randomUUID(), "host.suspected", "host/h1", null, Instant.parse("2026-01-01T00:00:00Z"), Map.of());
        store.inTransactionDo(session -> Outbox.append(session, told));

        assertThat(journal().write(SEGMENT, LeaderEpoch.of(1), List.of(), List.of(told)))
                .isEqualTo(CaseJournal.Outcome.DONE);

        assertThat(factTypes()).containsExactly("host.suspected");
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
