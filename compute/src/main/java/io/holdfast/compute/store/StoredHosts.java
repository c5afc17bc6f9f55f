package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.core.Orders;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;

/** Hosts in the store. */
final class StoredHosts implements Hosts {

    private final Store store;
    private final Rows rows;
    private final HostAgents agents;
    private final StoredReports reports;
    private final InstanceChanges changes;
    private final Duration adoptDeadline;
    private final InstantSource clock;

    StoredHosts(
            Store store,
            Rows rows,
            HostAgents agents,
            StoredReports reports,
            InstanceChanges changes,
            Duration adoptDeadline,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.agents = agents;
        this.reports = reports;
        this.changes = changes;
        this.adoptDeadline = adoptDeadline;
        this.clock = clock;
    }

    @Override
    public List<ComputeHost> list() {
        return store.inTransaction(session -> {
            Map<String, Integer> counts = rows.instanceCounts(session);
            return session.createSelectionQuery("from Host order by id", HostRow.class).list().stream()
                    .map(row -> row.toHost(counts.getOrDefault(row.id, 0)))
                    .toList();
        });
    }

    @Override
    public Optional<ComputeHost> find(HostId host) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(HostRow.class, host.value())).map(row -> rows.host(session, row)));
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, LeaderEpoch leader) {
        return store.inTransaction(session -> {
            Store.requireLeaderEpoch(session, introduction.segment(), leader);
            Instant now = clock.instant();
            HostRow row = rows.findLocked(session, introduction.host()).orElseGet(() -> {
                HostRow fresh = new HostRow();
                fresh.id = introduction.host().value();
                fresh.uuid = UUID.randomUUID();
                fresh.segment = introduction.segment().value();
                fresh.state = HostState.JOINING;
                fresh.enabled = true;
                fresh.createdAt = now;
                session.persist(fresh);
                return fresh;
            });
            boolean newLife = !introduction.bootId().equals(row.bootId)
                    || row.state == HostState.CONDEMNED
                    || row.state == HostState.FENCED;
            if (newLife) {
                row.incarnation++;
                row.state = HostState.JOINING;
                row.bootId = introduction.bootId();
            }
            Resources capacity = introduction.capacity();
            row.zone = introduction.zone();
            row.agentAddress = introduction.address();
            row.agentPort = introduction.port();
            row.vcpus = capacity.vcpus();
            row.memoryMib = capacity.memoryMib();
            row.diskGib = capacity.diskGib();
            row.updatedAt = now;
            row.lastSeenAt = now;
            session.flush();
            return rows.host(session, row);
        });
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        Admission admission = store.inTransaction(session -> prepare(session, host, leader));
        AgentAnswer answer = agents.adopt(admission.host, admission.order, adoptDeadline);
        if (!(answer instanceof AgentAnswer.Accepted accepted)) {
            return answer;
        }
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, admission.host.segment(), leader);
            HostRow row = rows.lockHost(session, host);
            // A host that was condemned, or booted again, while it was being told is not the host that was told.
            if (row.epoch != admission.order.hostEpoch().value()
                    || row.incarnation != admission.order.incarnation().value()
                    || (row.state != HostState.JOINING && row.state != HostState.SERVING)) {
                throw new ComputeException(Kind.CONFLICT, "host " + host + " changed while it was being admitted");
            }
            row.state = HostState.SERVING;
            row.updatedAt = clock.instant();
            facts.forEach(fact -> Outbox.append(session, fact));
        });
        accepted.reports().forEach(report -> reports.ingest(host, report));
        return answer;
    }

    private Admission prepare(Session session, HostId host, LeaderEpoch leader) {
        HostRow row = rows.lockHost(session, host);
        if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + host + " stands condemned; it must introduce itself first");
        }
        List<InstanceOrder> owned = new ArrayList<>();
        List<InstanceRow> instances = session.createSelectionQuery(
                        "from Instance where host = :host and (deletedAt is null or task = :removal) order by createdAt, id",
                        InstanceRow.class)
                .setParameter("host", row.id)
                .setParameter("removal", StoredInstances.DISK_REMOVAL)
                .list();
        for (InstanceRow instanceRow : instances) {
            Instance instance = rows.instance(session, instanceRow);
            rows.image(session, instanceRow)
                    .ifPresent(
                            image -> owned.add(Orders.order(instance, image, host, HostEpoch.of(row.epoch), leader)));
        }
        ComputeHost computeHost = rows.host(session, row);
        return new Admission(
                computeHost, new AdoptOrder(host, computeHost.epoch(), computeHost.incarnation(), leader, owned));
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        List<Committed> touched = new ArrayList<>();
        ComputeHost after = store.inTransaction(session -> {
            touched.clear();
            HostRow row = rows.lockHost(session, host);
            Store.requireLeaderEpoch(session, SegmentId.of(row.segment), leader);
            boolean already = row.epoch == expected.next().value()
                    && (row.state == HostState.CONDEMNED || row.state == HostState.FENCED);
            if (already) {
                return rows.host(session, row);
            }
            if (row.epoch != expected.value()) {
                throw new ComputeException(
                        Kind.CONFLICT, "host " + host + " is at epoch " + row.epoch + ", not " + expected);
            }
            row.epoch++;
            row.state = HostState.CONDEMNED;
            row.updatedAt = clock.instant();
            touched.addAll(mark(session, host, ActualState.UNKNOWN));
            facts.forEach(fact -> Outbox.append(session, fact));
            session.flush();
            return rows.host(session, row);
        });
        touched.forEach(change -> changes.committed(change.instance(), change.version(), false));
        return after;
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        List<Committed> touched = new ArrayList<>();
        ComputeHost after = store.inTransaction(session -> {
            touched.clear();
            HostRow row = rows.lockHost(session, proof.host());
            Store.requireLeaderEpoch(session, SegmentId.of(row.segment), leader);
            if (row.state == HostState.FENCED && row.epoch == proof.epoch().value()) {
                return rows.host(session, row);
            }
            if (!proof.covers(proof.host(), HostEpoch.of(row.epoch)) || row.state != HostState.CONDEMNED) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "host " + proof.host() + " is " + row.state + " at epoch " + row.epoch + "; " + proof);
            }
            row.state = HostState.FENCED;
            row.updatedAt = clock.instant();
            touched.addAll(mark(session, proof.host(), ActualState.STOPPED));
            facts.forEach(fact -> Outbox.append(session, fact));
            session.flush();
            return rows.host(session, row);
        });
        touched.forEach(change -> changes.committed(change.instance(), change.version(), false));
        return after;
    }

    /** UNKNOWN for all when the host is condemned; STOPPED for those UNKNOWN when it is proven to run nothing. */
    private List<Committed> mark(Session session, HostId host, ActualState actual) {
        List<Committed> touched = new ArrayList<>();
        for (InstanceRow row : rows.at(session, host)) {
            boolean changes = actual == ActualState.UNKNOWN
                    ? row.actual != ActualState.UNKNOWN
                    : row.actual == ActualState.UNKNOWN;
            if (changes) {
                row.actual = actual;
                row.updatedAt = clock.instant();
                session.flush();
                touched.add(new Committed(rows.instance(session, row), row.version));
            }
        }
        return touched;
    }

    @Override
    public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        return store.inTransaction(session -> {
            HostRow row = rows.lockHost(session, host);
            Store.requireLeaderEpoch(session, SegmentId.of(row.segment), leader);
            // FENCED is pardoned as well: who calls knows that the host is back and nothing of it was moved.
            if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
                row.state = HostState.JOINING;
                row.updatedAt = clock.instant();
                facts.forEach(fact -> Outbox.append(session, fact));
            }
            session.flush();
            return rows.host(session, row);
        });
    }

    @Override
    public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
        return change(host, row -> {
            row.forcedDown = forcedDown;
            row.forcedDownBy = forcedDown ? by + (reason.isEmpty() ? "" : ": " + reason) : null;
        });
    }

    @Override
    public ComputeHost enable(HostId host, Actor by) {
        return change(host, row -> {
            row.enabled = true;
            row.disabledReason = null;
        });
    }

    @Override
    public ComputeHost disable(HostId host, Actor by, String reason) {
        return change(host, row -> {
            row.enabled = false;
            row.disabledReason = reason.isEmpty() ? null : reason;
        });
    }

    private ComputeHost change(HostId host, java.util.function.Consumer<HostRow> change) {
        return store.inTransaction(session -> {
            HostRow row = rows.lockHost(session, host);
            change.accept(row);
            row.updatedAt = clock.instant();
            session.flush();
            return rows.host(session, row);
        });
    }

    private record Admission(ComputeHost host, AdoptOrder order) {}

    private record Committed(Instance instance, long version) {}
}
