package io.holdfast.recovery.store;

import io.holdfast.model.SegmentId;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class StoredFailoverSegmentsTest extends FailoverSegmentsContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final StoredFailoverSegments segments =
            new StoredFailoverSegments(store, SegmentId.of("default"), InstantSource.system());

    StoredFailoverSegmentsTest() {
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (Statement insert = connection.createStatement()) {
                for (String host : List.of("h1", "h2")) {
                    insert.executeUpdate("insert into host (id, uuid, segment, state) values ('" + host
                            + "', gen_random_uuid(), 'default', 'SERVING')");
                }
            }
        }));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    FailoverSegments segments() {
        return segments;
    }
}
