package io.holdfast.recovery.store;

import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/**
 * A row as it was read, before its document is understood. To understand one takes a process that never did it a second, and
 * several on a busy machine: longer than a transaction may stand still.
 */
record DocumentRow(String document, long version) {

    /** @param sql selects a document and its version */
    static List<DocumentRow> select(Store store, String sql, Object... values) {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            List<DocumentRow> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                for (int i = 0; i < values.length; i++) {
                    select.setObject(i + 1, values[i]);
                }
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new DocumentRow(rows.getString(1), rows.getLong(2)));
                    }
                }
            }
            return found;
        }));
    }
}
