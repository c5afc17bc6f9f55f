package io.holdfast.store;

import java.util.List;

/** Rows that say by themselves whether one of them is missing. */
final class Numbers {

    private Numbers() {}

    static void write(Store store, int number) {
        write(store, number, "");
    }

    static void write(Store store, int number, String payload) {
        store.inTransactionDo(session -> session.createNativeMutationQuery("insert into audit (at, actor, channel, act,"
                        + " subject, data) values (now(), 'test', 'internal', 'count', :number, to_jsonb(:payload))")
                .setParameter("number", Integer.toString(number))
                .setParameter("payload", payload)
                .executeUpdate());
    }

    static List<Integer> stored(Store store) {
        return store.inTransaction(
                session -> session.createNativeQuery("select subject::int from audit order by id", Integer.class)
                        .getResultList());
    }
}
