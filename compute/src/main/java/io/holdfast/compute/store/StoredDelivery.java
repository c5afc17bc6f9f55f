package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.control.DeliveryView;
import io.holdfast.compute.core.ConfigDriveContent;
import io.holdfast.compute.core.HoldRule;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** What goal delivery sees of the store. */
final class StoredDelivery implements DeliveryView {

    /** As many as Nova gives. */
    private static final int SEED_BYTES = 512;

    private final Store store;
    private final Rows rows;
    private final Hosts hosts;
    private final StoredInstances instances;
    private final Placing placing;
    private final StoredReports reports;
    private final InstanceChanges changes;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    StoredDelivery(
            Store store,
            Rows rows,
            Hosts hosts,
            StoredInstances instances,
            Placing placing,
            StoredReports reports,
            InstanceChanges changes,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.hosts = hosts;
        this.instances = instances;
        this.placing = placing;
        this.reports = reports;
        this.changes = changes;
        this.clock = clock;
    }

    @Override
    public List<ComputeHost> reachable() {
        return hosts.list().stream()
                .filter(host -> host.address() != null)
                .filter(host -> host.state() == HostState.JOINING || host.state() == HostState.SERVING)
                .toList();
    }

    @Override
    public Map<InstanceId, Due> due(Collection<InstanceId> some, LeaderEpoch leader) {
        return store.inTransaction(session -> {
            Map<InstanceId, Due> due = new HashMap<>();
            List<InstanceRow> found = session.createSelectionQuery(
                            "from Instance where id in (:ids) and deletedAt is null and host is not null",
                            InstanceRow.class)
                    .setParameterList(
                            "ids", some.stream().map(InstanceId::value).toList())
                    .list();
            List<InstanceRow> open = found.stream()
                    .filter(row -> !ReportRule.converged(row.goal, row.actual))
                    .toList();
            if (open.isEmpty()) {
                return due;
            }
            Map<String, HostRow> homes = session
                    .createSelectionQuery("from Host where id in (:ids)", HostRow.class)
                    .setParameterList(
                            "ids", open.stream().map(row -> row.host).distinct().toList())
                    .list()
                    .stream()
                    .collect(Collectors.toMap(home -> home.id, home -> home));
            for (InstanceRow row : open) {
                due(session, row, homes.get(row.host), leader).ifPresent(one -> due.put(row.instanceId(), one));
            }
            return due;
        });
    }

    private Optional<Due> due(Session session, InstanceRow row, @Nullable HostRow home, LeaderEpoch leader) {
        if (home == null || home.state != HostState.SERVING || home.agentAddress == null) {
            return Optional.empty();
        }
        Instance read = rows.instance(session, row);
        ComputeHost host = home.toHost();
        return rows.image(session, row)
                .map(image -> new Due(
                        host,
                        Orders.order(
                                read,
                                image,
                                rows.guestTerms(session, row),
                                row.cells(),
                                host.id(),
                                host.epoch(),
                                leader),
                        drive(session, row, read, host.zone())));
    }

    /** What its guest has to find when it starts. */
    private @Nullable Drive drive(Session session, InstanceRow row, Instance instance, String zone) {
        if (row.goal != InstanceGoal.RUNNING || !row.lacksConfigDrive()) {
            return null;
        }
        byte[] seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        return new Drive(
                row.disk,
                Orders.configDrive(instance),
                ConfigDriveContent.of(
                        instance,
                        zone,
                        GuestReading.key(session, row).orElse(null),
                        GuestReading.userData(session, row).orElse(null),
                        rows.links(session, row),
                        seed));
    }

    @Override
    public void driveWritten(InstanceOrder order, Drive drive, LeaderEpoch leader) {
        store.inTransactionDo(session -> {
            rows.requireLeader(session, order.host(), leader);
            GuestReading.driveIsWritten(session, order.instance().value(), drive.disk());
        });
    }

    @Override
    public Map<InstanceId, HostId> undelivered() {
        Map<InstanceId, HostId> found = new LinkedHashMap<>();
        store.inTransaction(session -> session.createSelectionQuery(
                                // Names that are equal are converged; FAILED without a task waits for its owner, its
                                // agent or
                                // its recovery, each of whom sets a task to begin again. Decided here, because a round
                                // comes
                                // every other second, however many instances there are.
                                """
                        select i.id, i.host from Instance i join Host h on h.id = i.host
                        where i.deletedAt is null and h.state = :serving
                          and not (i.goal = :running and i.actual = :runs)
                          and not (i.goal = :stopped and i.actual = :stands)
                          and not (i.goal = :paused and i.actual = :halted)
                          and not (i.goal = :suspended and i.actual = :kept)
                          and not (i.actual = :failed and i.task is null and i.goal <> :deleted)
                        order by i.createdAt, i.id
                        """, Object[].class)
                        .setParameter("serving", HostState.SERVING)
                        .setParameter("running", InstanceGoal.RUNNING)
                        .setParameter("runs", ActualState.RUNNING)
                        .setParameter("stopped", InstanceGoal.STOPPED)
                        .setParameter("stands", ActualState.STOPPED)
                        .setParameter("paused", InstanceGoal.PAUSED)
                        .setParameter("halted", ActualState.PAUSED)
                        .setParameter("suspended", InstanceGoal.SUSPENDED)
                        .setParameter("kept", ActualState.SUSPENDED)
                        .setParameter("failed", ActualState.FAILED)
                        .setParameter("deleted", InstanceGoal.DELETED)
                        .list())
                .forEach(line -> found.put(InstanceId.of((UUID) line[0]), HostId.of((String) line[1])));
        return found;
    }

    @Override
    public void ingest(List<Heard> heard, LeaderEpoch leader) {
        reports.ingest(heard, leader);
    }

    @Override
    public boolean renew(InstanceOrder refused, LeaderEpoch leader) {
        Optional<InstanceChanges.Change> change = store.inTransaction(session -> {
            HostRow home = rows.leadHost(session, refused.host(), leader);
            InstanceRow row = rows.lock(session, refused.instance());
            // A withdrawal that is still under way finds another generation than it expected, and takes nothing.
            if (row == null
                    || row.deletedAt != null
                    || !home.id.equals(row.host)
                    || row.generation != refused.generation().value()
                    || home.state != HostState.SERVING
                    || home.epoch != refused.hostEpoch().value()) {
                return Optional.empty();
            }
            Instance before = rows.instance(session, row);
            // Two further: the next one is what a withdrawal that took nothing has told the home, with the goal "not
            // running". Shared with it, the withdrawal's order that comes late or twice would stop the guest again.
            row.generation += 2;
            if (row.actual == ActualState.RUNNING) {
                // What was reported of the older generation says nothing of this one: a "stopped" of now would pass for
                // the wish of whoever is inside the guest, and nobody would start it again.
                row.actual = ActualState.UNKNOWN;
            }
            row.updatedAt = clock.instant();
            return Optional.of(rows.change(session, before, row));
        });
        change.ifPresent(changes::committed);
        return change.isPresent();
    }

    @Override
    public boolean declined(InstanceOrder refused, String reason, LeaderEpoch leader) {
        Optional<InstanceChanges.Change> change = store.inTransaction(session -> {
            HostRow home = rows.leadHost(session, refused.host(), leader);
            InstanceRow row = rows.lock(session, refused.instance());
            if (row == null
                    || row.deletedAt != null
                    || !home.id.equals(row.host)
                    || row.generation != refused.generation().value()
                    || row.goal != refused.goal()
                    || home.epoch != refused.hostEpoch().value()) {
                return Optional.empty();
            }
            HoldRule.Back back =
                    HoldRule.declined(row.goal, row.actual, row.task).orElse(null);
            if (back == null) {
                return Optional.empty();
            }
            Instance before = rows.instance(session, row);
            row.goal = back.goal();
            row.actual = back.actual();
            row.task = null;
            row.updatedAt = clock.instant();
            ActionLog.failed(session, row, reason);
            return Optional.of(rows.change(session, before, row));
        });
        change.ifPresent(changes::committed);
        return change.isPresent();
    }

    @Override
    public void placeHomeless() {
        placing.wake(instances::placeForgotten);
    }
}
