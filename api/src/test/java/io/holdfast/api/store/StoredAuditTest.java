package io.holdfast.api.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.AuditBookContract;
import io.holdfast.api.audit.AuditLine;
import io.holdfast.store.testing.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StoredAuditTest extends AuditBookContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final StoredAudit book = new StoredAudit(database.store(List.of()));

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected AuditBook book() {
        return book;
    }

    @Test
    void muchIsDeletedInBites() {
        List<AuditLine> lines = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            lines.add(line("r" + i, ANN, "createServer", "/v2.1/servers", 0));
        }
        book.write(lines, List.of());
        assertThat(book.trim(NOON, 100, 100)).isTrue();
        assertThat(book.trim(NOON, 100, 100)).isTrue();
        assertThat(book.trim(NOON, 100, 100)).isFalse();
        assertThat(book.list(AuditBook.Filter.ALL, 1000))
                .hasSize(100)
                .first()
                .satisfies(line -> assertThat(line.requestId()).isEqualTo("r2499"));
    }
}
