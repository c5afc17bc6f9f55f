package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.control.DeliveryView.Heard;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes agents' reports durable, as far as {@link ReportRule} lets them count. */
final class StoredReports {

    private static final Logger log = LoggerFactory.getLogger(StoredReports.class);

    private static final int TOGETHER = 100;

    private final Store store;
    private final Rows rows;
    private final InstanceChanges changes;
    private final InstantSource clock;

    StoredReports(Store store, Rows rows, InstanceChanges changes, InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * Blocks for one transaction. Of an instance of which several things were heard each is taken by itself, in their order, and
     * told as a change of its own.
     *
     * @throws StoreException when they cannot be made durable, none of them; the watches tell again
     */
    void ingest(List<Heard> heard, LeaderEpoch leader) {
        List<List<Heard>> waves = waves(heard);
        List<HostId> from = heard.stream().map(Heard::from).distinct().toList();
        List<InstanceId> about =
                heard.stream().map(one -> one.report().instance()).distinct().toList();
        store.inTransaction(session -> {
                    // A controller that was paused may still hold reports from before its successor's; they are refused
                    // here.
                    rows.requireLeaderOf(session, from, leader);
                    Map<String, HostRow> hosts = rows.lockHosts(session, from);
                    Map<UUID, InstanceRow> instances = rows.lockAll(session, about);
                    Map<InstanceId, GuestState> guests = StoredGuests.of(session, instances.keySet());
                    List<InstanceChanges.Change> changed = new ArrayList<>();
                    for (List<Heard> wave : waves) {
                        changed.addAll(take(session, wave, hosts, instances, guests));
                    }
                    return changed;
                })
                .forEach(changes::committed);
    }

    /** The first that was heard of each, then the second of each, and so on. */
    private static List<List<Heard>> waves(List<Heard> heard) {
        List<List<Heard>> waves = new ArrayList<>();
        Map<InstanceId, Integer> before = new HashMap<>();
        for (Heard one : heard) {
            int wave = before.merge(one.report().instance(), 1, Integer::sum) - 1;
            if (wave == waves.size()) {
                waves.add(new ArrayList<>());
            }
            waves.get(wave).add(one);
        }
        return waves;
    }

    private List<InstanceChanges.Change> take(
            Session session,
            List<Heard> wave,
            Map<String, HostRow> hosts,
            Map<UUID, InstanceRow> instances,
            Map<InstanceId, GuestState> guests) {
        List<Rows.Altered> altered = new ArrayList<>();
        for (Heard one : wave) {
            HostRow host = hosts.get(one.from().value());
            if (host == null) {
                throw Rows.unknown(one.from());
            }
            InstanceRow row = instances.get(one.report().instance().value());
            if (row != null) {
                take(session, row, host, guests, one.report()).ifPresent(altered::add);
            }
        }
        return rows.changes(session, altered);
    }

    /** All that a host says of what it has, in as many transactions as it takes. */
    void ingestAll(HostId from, List<InstanceReport> reports, LeaderEpoch leader) {
        for (int first = 0; first < reports.size(); first += TOGETHER) {
            ingest(
                    reports.subList(first, Math.min(reports.size(), first + TOGETHER)).stream()
                            .map(report -> new Heard(from, report))
                            .toList(),
                    leader);
        }
    }

    private Optional<Rows.Altered> take(
            Session session, InstanceRow row, HostRow host, Map<InstanceId, GuestState> guests, InstanceReport report) {
        HostId from = host.hostId();
        switch (ReportRule.apply(row.known(), from, host.state, report)) {
            case ReportRule.Outcome.Unchanged() ->
                StoredGuests.take(session, rows.instance(session, row), guests, from, report, clock.instant());
            case ReportRule.Outcome.Ignored(String reason) ->
                log.info("instance {} report {} from {} dropped: {}", report.instance(), report.actual(), from, reason);
            case ReportRule.Outcome.Changed(ReportRule.Known next) -> {
                Instance before = rows.instance(session, row);
                write(row, host, next, clock.instant());
                if (report.generation().equals(before.generation())) {
                    StoredGuests.take(session, before, guests, from, report, clock.instant());
                }
                log.info(
                        "instance {} {} -> {} on {} generation {}{}",
                        report.instance(),
                        before.actual(),
                        row.actual,
                        from,
                        row.generation,
                        report.detail().isEmpty() ? "" : ": " + report.detail());
                return Optional.of(new Rows.Altered(before, row));
            }
        }
        return Optional.empty();
    }

    private static void write(InstanceRow row, HostRow host, ReportRule.Known next, Instant now) {
        row.goal = next.goal();
        row.actual = next.actual();
        row.cameUp = next.cameUp();
        row.task = next.task();
        row.fault = next.fault();
        row.updatedAt = now;
        if (next.actual() == ActualState.RUNNING && row.launchedAt == null) {
            row.launchedAt = now;
        }
        if (next.actual() == ActualState.DELETED && row.deletedAt == null) {
            row.deletedAt = now;
            host.free(row.resources());
        }
    }
}
