package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes agents' reports durable, as far as {@link ReportRule} lets them count. */
final class StoredReports {

    private static final Logger log = LoggerFactory.getLogger(StoredReports.class);

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

    /** Blocks for one transaction. Throws a store exception when it cannot be made durable; the watch tells again. */
    void ingest(HostId from, InstanceReport report, LeaderEpoch leader) {
        Optional<InstanceChanges.Change> change = store.inTransaction(session -> {
            // A controller that was paused may still hold reports from before its successor's; they are refused here.
            HostRow host = rows.leadHost(session, from, leader);
            InstanceRow row = rows.lock(session, report.instance());
            if (row == null) {
                return Optional.empty();
            }
            return switch (ReportRule.apply(row.known(), from, host.state, report)) {
                case ReportRule.Outcome.Unchanged() -> {
                    StoredGuests.take(session, rows.instance(session, row), from, report, clock.instant());
                    yield Optional.empty();
                }
                case ReportRule.Outcome.Ignored(String reason) -> {
                    log.info(
                            "instance {} report {} from {} dropped: {}",
                            report.instance(),
                            report.actual(),
                            from,
                            reason);
                    yield Optional.empty();
                }
                case ReportRule.Outcome.Changed(ReportRule.Known next) -> {
                    Instance before = rows.instance(session, row);
                    write(row, host, next, clock.instant());
                    if (report.generation().equals(before.generation())) {
                        StoredGuests.take(session, before, from, report, clock.instant());
                    }
                    log.info(
                            "instance {} {} -> {} on {} generation {}{}",
                            report.instance(),
                            before.actual(),
                            row.actual,
                            from,
                            row.generation,
                            report.detail().isEmpty() ? "" : ": " + report.detail());
                    yield Optional.of(rows.change(session, before, row));
                }
            };
        });
        change.ifPresent(changes::committed);
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
