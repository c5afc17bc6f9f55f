package io.holdfast.compute.store;

import io.holdfast.compute.ComputeHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * All hosts as they stand in the store, of which only those are read that have changed since somebody last asked.
 *
 * <p><b>Why.</b> Every plan begins with all hosts. Of ten thousand, a few hundred have changed since the plan before, and to read
 * the others again cost more than the plan.
 *
 * <p><b>How a change is seen.</b> By the row itself, and not by what this controller has done: others write, too, and not all
 * through the same rows. PostgreSQL says of each row which transaction wrote it ({@code xmin}), whoever that was; a row with
 * the writer that is remembered is the row that is remembered. What a transaction wrote is seen by others as a whole, so that
 * none has seen it half written.
 *
 * <p>The writers are read first and the rows after them, in one transaction: a row that changes in between is remembered
 * with the writer before it, and read once more by whoever asks next. Nothing is ever older than the asking.
 *
 * <p>Any thread may ask. Of two that ask together one's memory is forgotten, which costs the next a few reads.
 */
final class KnownHosts {

    /** More than this are read by reading all: a statement has room for so many names. */
    private static final int BY_NAME = 1_000;

    private volatile Memory memory = new Memory(Map.of(), List.of());

    /**
     * Which state of a row it is. The count of its changes is here for a database that was restored under a controller that
     * runs on: there the numbers of transactions may begin anew.
     *
     * @param writer number of the transaction that wrote the row
     * @param version as the rows count their changes
     */
    private record State(long writer, long version) {}

    private record Known(State state, ComputeHost host) {}

    /** @param all in the order of their names */
    private record Memory(Map<String, Known> known, List<ComputeHost> all) {}

    private record Written(String host, State state) {}

    /** In the order of their names. */
    List<ComputeHost> list(Session session) {
        Memory before = memory;
        List<Written> rows = Jdbc.list(
                session,
                row -> new Written(row.getString(1), new State(row.getLong(2), row.getLong(3))),
                "select id, xmin::text::bigint, version from host order by id");
        List<String> changed = new ArrayList<>();
        for (Written row : rows) {
            Known known = before.known.get(row.host);
            if (known == null || !known.state.equals(row.state)) {
                changed.add(row.host);
            }
        }
        if (changed.isEmpty() && rows.size() == before.all.size()) {
            return before.all;
        }
        Map<String, ComputeHost> read = new HashMap<>();
        read(session, changed).forEach(row -> read.put(row.id, row.toHost()));
        Map<String, Known> known = HashMap.newHashMap(rows.size());
        List<ComputeHost> all = new ArrayList<>(rows.size());
        for (Written row : rows) {
            Known now = now(row, before, read.get(row.host));
            // One that was removed in between is not there any more.
            if (now != null) {
                known.put(row.host, now);
                all.add(now.host);
            }
        }
        Memory after = new Memory(known, List.copyOf(all));
        memory = after;
        return after.all;
    }

    private static @Nullable Known now(Written row, Memory before, @Nullable ComputeHost read) {
        if (read != null) {
            return new Known(row.state, read);
        }
        Known known = before.known.get(row.host);
        return known == null || !known.state.equals(row.state) ? null : known;
    }

    private static List<HostRow> read(Session session, List<String> changed) {
        if (changed.isEmpty()) {
            return List.of();
        }
        if (changed.size() > BY_NAME) {
            return session.createSelectionQuery("from Host", HostRow.class).list();
        }
        return session.createSelectionQuery("from Host where id in (:ids)", HostRow.class)
                .setParameterList("ids", changed)
                .list();
    }
}
