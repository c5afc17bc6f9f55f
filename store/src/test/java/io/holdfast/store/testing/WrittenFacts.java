package io.holdfast.store.testing;

import io.holdfast.store.Store;
import java.util.List;
import java.util.UUID;

/** What stands in the outbox, in the order of writing; for tests, where nobody writes at the same time. */
public final class WrittenFacts {

    private WrittenFacts() {}

    public static List<String> types(Store store) {
        return store.inTransaction(
                session -> session.createNativeQuery("select type from outbox order by seq", String.class)
                        .list());
    }

    public static List<UUID> ids(Store store) {
        return store.inTransaction(
                session -> session.createNativeQuery("select id from outbox order by seq", UUID.class)
                        .list());
    }
}
