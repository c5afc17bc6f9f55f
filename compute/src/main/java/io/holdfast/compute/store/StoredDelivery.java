package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.control.DeliveryView;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import java.util.List;
import java.util.Optional;

/** What goal delivery sees of the store. */
final class StoredDelivery implements DeliveryView {

    private final Store store;
    private final Rows rows;
    private final Hosts hosts;
    private final StoredInstances instances;
    private final StoredReports reports;

    StoredDelivery(Store store, Rows rows, Hosts hosts, StoredInstances instances, StoredReports reports) {
        this.store = store;
        this.rows = rows;
        this.hosts = hosts;
        this.instances = instances;
        this.reports = reports;
    }

    @Override
    public List<ComputeHost> reachable() {
        return hosts.list().stream()
                .filter(host -> host.address() != null)
                .filter(host -> host.state() == HostState.JOINING || host.state() == HostState.SERVING)
                .toList();
    }

    @Override
    public Optional<Due> due(InstanceId instance, LeaderEpoch leader) {
        return store.inTransaction(session -> {
            InstanceRow row = session.find(InstanceRow.class, instance.value());
            if (row == null || row.deletedAt != null || row.host == null || arrived(row)) {
                return Optional.empty();
            }
            HostRow home = session.find(HostRow.class, row.host);
            if (home == null || home.state != HostState.SERVING || home.agentAddress == null) {
                return Optional.empty();
            }
            Instance read = rows.instance(session, row);
            ComputeHost host = rows.host(session, home);
            return rows.image(session, row)
                    .map(image -> new Due(host, Orders.order(read, image, host.id(), host.epoch(), leader)));
        });
    }

    @Override
    public List<InstanceId> undelivered() {
        return store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance i where i.deletedAt is null and exists"
                                + " (select 1 from Host h where h.id = i.host and h.state = :serving)",
                        InstanceRow.class)
                .setParameter("serving", HostState.SERVING)
                .list()
                .stream()
                .filter(row -> !arrived(row))
                .map(InstanceRow::instanceId)
                .toList());
    }

    /** FAILED without a task waits for its owner, its agent or its recovery, each of whom sets a task to begin again. */
    private static boolean arrived(InstanceRow row) {
        return ReportRule.converged(row.goal, row.actual)
                || (row.actual == ActualState.FAILED && row.task == null && row.goal != InstanceGoal.DELETED);
    }

    @Override
    public void ingest(HostId from, InstanceReport report) {
        reports.ingest(from, report);
    }

    @Override
    public void placeHomeless() {
        instances.placeHomeless();
    }
}
