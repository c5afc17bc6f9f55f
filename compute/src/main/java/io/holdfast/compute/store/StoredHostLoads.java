package io.holdfast.compute.store;

import io.holdfast.compute.HostLoads;
import io.holdfast.model.HostId;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.Session;

/**
 * Table {@code host_load}. A host of which nothing was said for {@link #VALID} is as one of which nobody ever said anything: a host that was
 * busy when its agent died is not busy for ever.
 */
public final class StoredHostLoads implements HostLoads {

    static final Duration VALID = Duration.ofMinutes(3);

    /** Three of them fit into the time that a word is good for. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    /** Smaller changes decide nothing, and would make each plan a new one. */
    private static final int MATTERS_PERCENT = 5;

    private final Store store;
    private final InstantSource clock;

    public StoredHostLoads(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public int record(Map<HostId, Integer> busyPercents) {
        if (busyPercents.isEmpty()) {
            return 0;
        }
        List<String> hosts = new ArrayList<>();
        List<Integer> percents = new ArrayList<>();
        busyPercents.forEach((host, percent) -> {
            hosts.add(host.value());
            percents.add(percent);
        });
        Instant now = clock.instant();
        return store.inTransaction(session -> Jdbc.update(
                session,
                "insert into host_load (host, busy_percent, measured_at)"
                        + " select h.id, said.percent, ? from unnest(?, ?) said(host, percent) join host h on h.id = said.host"
                        + " order by h.id"
                        + " on conflict (host) do update set busy_percent = excluded.busy_percent, measured_at = excluded.measured_at"
                        + " where abs(host_load.busy_percent - excluded.busy_percent) >= ? or host_load.measured_at <= ?",
                now,
                hosts.toArray(String[]::new),
                percents.toArray(Integer[]::new),
                MATTERS_PERCENT,
                now.minus(AGAIN)));
    }

    static Map<HostId, Integer> of(Session session, Instant now) {
        Map<HostId, Integer> busy = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(HostId.of(row.getString(1)), row.getInt(2)),
                        "select host, busy_percent from host_load where measured_at > ?",
                        now.minus(VALID))
                .forEach(one -> busy.put(one.getKey(), one.getValue()));
        return busy;
    }
}
