package io.holdfast.api.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.masakari.Notification;
import io.holdfast.api.masakari.NotificationBook;
import io.holdfast.api.masakari.NotificationBookContract;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredNotificationsTest extends NotificationBookContract {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final StoredNotifications book = new StoredNotifications(store);

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected NotificationBook book() {
        return book;
    }

    private Notification add() {
        return book.add(word(Notification.Type.PROCESS, "h1", new UUID(1, 1), LocalDateTime.of(2026, 1, 1, 0, 0)));
    }

    @Test
    void onlyTheNewestTenThousandAreKept() {
        Notification first = add();
        store.inTransactionDo(session -> session.doWork(connection -> {
            try (Statement skip = connection.createStatement()) {
                skip.execute("alter table monitor_word alter column id restart with "
                        + (first.id() + NotificationBook.KEPT - 1));
            }
        }));
        Notification last = add();
        assertThat(book.list(null, null, null)).containsExactly(last, first);
        Notification beyond = add();
        assertThat(book.list(null, null, null)).containsExactly(beyond, last);
    }
}
