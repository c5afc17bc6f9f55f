package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.core.HoldRule;
import io.holdfast.compute.core.HomeReturn;
import io.holdfast.compute.core.Orders;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.Stock;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hosts in the store.
 *
 * <p>What if we die here: an admission that was not finished leaves the host JOINING, takes no claims, and is done again
 * from its beginning; an agent takes the same list twice without doing anything twice.
 */
final class StoredHosts implements Hosts {

    private static final Logger log = LoggerFactory.getLogger(StoredHosts.class);

    /** A host may have been mended since. */
    private static final Duration BUILD_FAILURES_COUNT = Duration.ofHours(1);

    private final Store store;
    private final Rows rows;
    private final HostAgents agents;
    private final StoredReports reports;
    private final InstanceChanges changes;
    private final Duration adoptDeadline;
    private final InstantSource clock;
    private final KnownHosts known = new KnownHosts();

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
        return store.inTransaction(known::list);
    }

    @Override
    public Map<HostId, HostSurroundings> surroundings() {
        return store.inTransaction(session -> {
            Map<HostId, Map<String, Set<String>>> all = new HashMap<>();
            Jdbc.list(
                            session,
                            row -> List.of(row.getString(1), row.getString(2), row.getString(3)),
                            "select h.host, m.key, m.value from aggregate_host h join aggregate_metadata m using (aggregate_id)")
                    .forEach(line -> all.computeIfAbsent(HostId.of(line.get(0)), host -> new HashMap<>())
                            .computeIfAbsent(line.get(1), key -> new HashSet<>())
                            .add(line.get(2)));
            Map<HostId, HostAdvice> said = StoredAdvisories.inForce(session, clock.instant());
            Map<HostId, Set<String>> traits = StoredTerms.traits(session);
            Map<HostId, Map<String, Stock>> stocks = StoredStocks.all(session);
            Map<HostId, HostTopology> cells = StoredCells.left(session);
            Map<HostId, HostSurroundings> around = new HashMap<>();
            Map<HostId, Integer> failures = buildFailures(session);
            Map<HostId, Integer> busy = StoredHostLoads.of(session, clock.instant());
            Stream.of(
                            all.keySet(),
                            traits.keySet(),
                            stocks.keySet(),
                            failures.keySet(),
                            busy.keySet(),
                            said.keySet(),
                            cells.keySet())
                    .flatMap(Set::stream)
                    .distinct()
                    .forEach(host -> around.put(
                            host,
                            new HostSurroundings(
                                    all.getOrDefault(host, Map.of()),
                                    traits.getOrDefault(host, Set.of()),
                                    stocks.getOrDefault(host, Map.of()),
                                    failures.getOrDefault(host, 0),
                                    busy.get(host),
                                    said.getOrDefault(host, HostAdvice.NONE),
                                    cells.getOrDefault(host, HostTopology.NONE))));
            return around;
        });
    }

    /** Counted from the instances, which are the truth of it: whoever deletes what could not be started has dealt with it. */
    private Map<HostId, Integer> buildFailures(Session session) {
        Map<HostId, Integer> failures = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(HostId.of(row.getString(1)), row.getInt(2)),
                        "select host, count(*) from instance where actual = 'FAILED' and launched_at is null"
                                + " and deleted_at is null and host is not null and updated_at > ? group by host",
                        clock.instant().minus(BUILD_FAILURES_COUNT))
                .forEach(one -> failures.put(one.getKey(), one.getValue()));
        return failures;
    }

    @Override
    public Optional<ComputeHost> find(HostId host) {
        return store.inTransaction(session ->
                Optional.ofNullable(session.find(HostRow.class, host.value())).map(row -> row.toHost()));
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        if (introduction.port() < 1 || introduction.port() > 65535) {
            throw new ComputeException(
                    Kind.INVALID,
                    "host " + introduction.host() + " says that its agent listens on port " + introduction.port());
        }
        Changed done = store.inTransaction(session -> introduce(session, introduction, expected, leader));
        done.instances.forEach(changes::committed);
        return done.host;
    }

    private Changed introduce(Session session, HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        if (!segmentExists(session, introduction.segment())) {
            throw new ComputeException(
                    Kind.INVALID,
                    "host " + introduction.host() + " says that it belongs to segment " + introduction.segment()
                            + ", which does not exist; create the segment, or correct the agent's settings");
        }
        Store.requireLeaderEpoch(session, introduction.segment(), leader);
        Instant now = clock.instant();
        HostRow row =
                rows.findLocked(session, introduction.host()).orElseGet(() -> firstTime(session, introduction, now));
        if (!row.segment.equals(introduction.segment().value())) {
            // Its instances' disks lie on the storage of the segment that it is known in.
            throw new ComputeException(
                    Kind.CONFLICT,
                    "host " + row.id + " belongs to segment " + row.segment + ", not " + introduction.segment());
        }
        if (row.epoch != expected.value()) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + row.id + " is at epoch " + row.epoch + ", not " + expected);
        }
        boolean newBoot = !introduction.bootId().equals(row.bootId);
        boolean newLife = newBoot || row.state == HostState.CONDEMNED || row.state == HostState.FENCED;
        List<InstanceChanges.Change> touched = new ArrayList<>();
        if (row.state == HostState.FENCED) {
            touched.addAll(part(session, row));
        }
        if (newLife) {
            row.incarnation++;
            row.state = HostState.JOINING;
            row.bootId = introduction.bootId();
        }
        if (newBoot) {
            // The boot has ended every guest. While one still counted as running, the report that it stopped would
            // be taken for its owner's wish.
            touched.addAll(mark(
                    session,
                    row,
                    instance -> instance.actual == ActualState.RUNNING || instance.actual == ActualState.PAUSED,
                    instance -> instance.actual = ActualState.UNKNOWN));
        }
        Resources capacity = introduction.capacity();
        row.zone = introduction.zone();
        row.failureDomains = introduction.domains().toString();
        row.topology = introduction.topology().toString();
        row.agentAddress = introduction.address();
        row.agentPort = introduction.port();
        row.vcpus = capacity.vcpus();
        row.memoryMib = capacity.memoryMib();
        row.diskGib = capacity.diskGib();
        row.updatedAt = now;
        row.lastSeenAt = now;
        session.flush();
        return new Changed(row.toHost(), touched);
    }

    /**
     * Takes off a host that was proven isolated whoever must not go on there apart from a group. On the strength of that
     * proof, as a claim would: from here on the host is not isolated any more.
     */
    private List<InstanceChanges.Change> part(Session session, HostRow home) {
        Map<InstanceRow, Instance> before = new LinkedHashMap<>();
        List<InstanceRow> here = rows.lockAt(session, home.hostId());
        Map<UUID, String> elsewhere = GroupLimits.elsewhere(session, home);
        for (InstanceRow row : here) {
            String group = row.serverGroup == null ? null : elsewhere.get(row.serverGroup);
            if (group == null || row.goal == InstanceGoal.DELETED) {
                continue;
            }
            Instance then = rows.instance(session, row);
            HomeReturn next = HomeReturn.parted(
                    row.goal, then.policy(), row.terms().onHostFailure() == InstanceGoal.STOPPED, home.hostId(), group);
            before.put(row, then);
            row.leave(home);
            row.generation++;
            row.goal = next.goal();
            row.actual = next.actual();
            row.task = next.task();
            row.fault = next.fault();
            row.updatedAt = clock.instant();
            row.withdrawnAt = row.updatedAt;
            row.calledAt = null;
            Outbox.append(session, next.notice(rows.instance(session, row), home.hostId(), row.updatedAt));
            log.info("instance {} does not go on at {}: {}", row.id, home.id, next.reason());
        }
        session.flush();
        return before.entrySet().stream()
                .map(entry -> rows.change(session, entry.getValue(), entry.getKey()))
                .toList();
    }

    private static boolean segmentExists(Session session, SegmentId segment) {
        return session.createNativeQuery("select count(*) from segment where id = :id", Long.class)
                        .setParameter("id", segment.value())
                        .getSingleResult()
                == 1;
    }

    /** Two first introductions of one host may meet; the second finds the row of the first. */
    private HostRow firstTime(Session session, HostIntroduction introduction, Instant now) {
        session.createNativeMutationQuery("""
            insert into host (id, uuid, segment, state, created_at, updated_at)
            values (:id, :uuid, :segment, :state, :now, :now) on conflict (id) do nothing
            """)
                .setParameter("id", introduction.host().value())
                .setParameter("uuid", UUID.randomUUID())
                .setParameter("segment", introduction.segment().value())
                .setParameter("state", HostState.JOINING.name())
                .setParameter("now", now)
                .executeUpdate();
        return rows.lockHost(session, introduction.host());
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        Admission admission = store.inTransaction(session -> prepare(session, host, leader));
        AgentAnswer answer = agents.adopt(admission.host, admission.order, adoptDeadline);
        if (!(answer instanceof AgentAnswer.Accepted accepted)) {
            return answer;
        }
        // Before the host serves: of a serving host, "stopped" would be taken for the wish of the guest's owner.
        reports.ingestAll(host, accepted.reports(), leader);
        store.inTransactionDo(session -> {
            HostRow row = rows.leadHost(session, host, leader);
            // A host that was condemned, or booted again, while it was being told is not the host that was told.
            if (row.epoch != admission.order.hostEpoch().value()
                    || row.incarnation != admission.order.incarnation().value()
                    || row.state != HostState.JOINING) {
                throw new ComputeException(Kind.CONFLICT, "host " + host + " changed while it was being admitted");
            }
            row.state = HostState.SERVING;
            row.updatedAt = clock.instant();
            facts.forEach(fact -> Outbox.append(session, fact));
        });
        return answer;
    }

    private Admission prepare(Session session, HostId host, LeaderEpoch leader) {
        HostRow row = rows.leadHost(session, host, leader);
        if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + host + " stands condemned; it must introduce itself first");
        }
        // Also one that serves (its agent was restarted) takes no claims while it is told: an instance claimed after
        // the list was made would be missing there, and be destroyed as a stranger.
        row.state = HostState.JOINING;
        row.adoptions++;
        row.updatedAt = clock.instant();
        session.flush();
        List<InstanceOrder> owned = new ArrayList<>();
        List<InstanceRow> instances = session.createSelectionQuery(
                        "from Instance where host = :host and (deletedAt is null or task = :removal) order by"
                                + " createdAt, id",
                        InstanceRow.class)
                .setParameter("host", row.id)
                .setParameter("removal", StoredInstances.DISK_REMOVAL)
                .list();
        for (InstanceRow instanceRow : instances) {
            if (instanceRow.actual == ActualState.BUILDING && instanceRow.lacksConfigDrive()) {
                // It has never run with this disk, and the order that starts it follows its drive.
                log.info(
                        "host {} is not told of instance {} yet: its config drive is not written",
                        host,
                        instanceRow.id);
                continue;
            }
            Instance instance = rows.instance(session, instanceRow);
            // Left out, it would be destroyed as a stranger.
            Image image = rows.image(session, instanceRow)
                    .orElseThrow(() -> new ComputeException(
                            Kind.CONFLICT,
                            "image " + instance.image() + " of instance " + instance.id() + " on host " + host
                                    + " is not in the catalog; register it again"));
            owned.add(Orders.order(
                    instance,
                    image,
                    rows.guestTerms(session, instanceRow),
                    instanceRow.cells(),
                    host,
                    HostEpoch.of(row.epoch),
                    leader));
        }
        ComputeHost computeHost = row.toHost();
        return new Admission(
                computeHost,
                new AdoptOrder(
                        host,
                        computeHost.epoch(),
                        computeHost.incarnation(),
                        Objects.requireNonNullElse(computeHost.bootId(), ""),
                        row.adoptions,
                        leader,
                        owned));
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        Changed done = store.inTransaction(session -> {
            HostRow row = rows.leadHost(session, host, leader);
            boolean already = row.epoch == expected.next().value()
                    && (row.state == HostState.CONDEMNED || row.state == HostState.FENCED);
            if (already) {
                return new Changed(row.toHost(), List.of());
            }
            if (row.epoch != expected.value()) {
                throw new ComputeException(
                        Kind.CONFLICT, "host " + host + " is at epoch " + row.epoch + ", not " + expected);
            }
            row.epoch++;
            row.state = HostState.CONDEMNED;
            row.updatedAt = clock.instant();
            List<InstanceChanges.Change> touched = mark(
                    session,
                    row,
                    // What is suspended has no guest that could do anything, wherever its home is.
                    instance ->
                            instance.actual != ActualState.UNKNOWN && !HoldRule.isKept(instance.goal, instance.actual),
                    instance -> instance.actual = ActualState.UNKNOWN);
            facts.forEach(fact -> Outbox.append(session, fact));
            return new Changed(row.toHost(), touched);
        });
        done.instances.forEach(changes::committed);
        return done.host;
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        Changed done = store.inTransaction(session -> {
            HostRow row = rows.leadHost(session, proof.host(), leader);
            if (row.state == HostState.FENCED && row.epoch == proof.epoch().value()) {
                return new Changed(row.toHost(), List.of());
            }
            if (!proof.covers(proof.host(), HostEpoch.of(row.epoch)) || row.state != HostState.CONDEMNED) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "host " + proof.host() + " is " + row.state + " at epoch " + row.epoch + "; " + proof);
            }
            row.state = HostState.FENCED;
            row.updatedAt = clock.instant();
            List<InstanceChanges.Change> touched = mark(
                    session,
                    row,
                    instance -> HoldRule.endsWithProof(instance.goal, instance.actual),
                    instance -> nothingRuns(session, instance, row));
            facts.forEach(fact -> Outbox.append(session, fact));
            return new Changed(row.toHost(), touched);
        });
        done.instances.forEach(changes::committed);
        return done.host;
    }

    /**
     * What its owner asked for while the home was unknown is done, as far as "nothing runs" does it. What the home was about
     * to do with its guest, and will not do any more, has failed: its owner may ask for something else at once.
     */
    private void nothingRuns(Session session, InstanceRow instance, HostRow home) {
        if (HoldRule.endsWithItsHome(instance.task)) {
            instance.updatedAt = clock.instant();
            ActionLog.failed(session, instance, "its home " + home.id + " failed meanwhile");
            instance.task = null;
        }
        switch (instance.goal) {
            case RUNNING -> instance.actual = ActualState.STOPPED;
            case STOPPED -> {
                instance.actual = ActualState.STOPPED;
                instance.task = null;
            }
            case PAUSED, SUSPENDED -> {
                // Its memory has gone with its guest. If it was written just in time, its next start goes on with it.
                instance.goal = InstanceGoal.STOPPED;
                instance.actual = ActualState.STOPPED;
                instance.task = null;
            }
            case DELETED -> instance.end(home, clock.instant());
        }
    }

    private List<InstanceChanges.Change> mark(
            Session session, HostRow home, Predicate<InstanceRow> which, Consumer<InstanceRow> what) {
        Map<InstanceRow, Instance> before = new LinkedHashMap<>();
        for (InstanceRow row : rows.lockAt(session, home.hostId())) {
            if (which.test(row)) {
                before.put(row, rows.instance(session, row));
                what.accept(row);
                row.updatedAt = clock.instant();
            }
        }
        session.flush();
        return before.entrySet().stream()
                .map(entry -> rows.change(session, entry.getValue(), entry.getKey()))
                .toList();
    }

    @Override
    public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        return store.inTransaction(session -> {
            HostRow row = rows.leadHost(session, host, leader);
            if (row.state == HostState.FENCED) {
                throw new ComputeException(
                        Kind.CONFLICT,
                        "host " + host + " is proven isolated at epoch " + row.epoch
                                + "; it comes back by introducing itself");
            }
            if (row.state == HostState.CONDEMNED) {
                row.state = HostState.JOINING;
                row.updatedAt = clock.instant();
                facts.forEach(fact -> Outbox.append(session, fact));
            }
            session.flush();
            return row.toHost();
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
    public Optional<String> forcedDownBy(HostId host) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(HostRow.class, host.value()))
                .filter(row -> row.forcedDown)
                .map(row -> row.forcedDownBy));
    }

    @Override
    public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
        return change(host, row -> row.maintenance = by + (reason.isEmpty() ? "" : ": " + reason));
    }

    @Override
    public ComputeHost endMaintenance(HostId host, Actor by) {
        return change(host, row -> row.maintenance = null);
    }

    @Override
    public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
        return store.inTransaction(session -> {
            HostRow row = rows.leadHost(session, host, leader);
            if (row.quarantine == null) {
                Instant now = clock.instant();
                row.quarantine = reason;
                row.quarantinedAt = now;
                row.updatedAt = now;
                session.flush();
            }
            return row.toHost();
        });
    }

    @Override
    public ComputeHost release(HostId host) {
        return change(host, row -> {
            row.quarantine = null;
            row.quarantinedAt = null;
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

    private ComputeHost change(HostId host, Consumer<HostRow> change) {
        return store.inTransaction(session -> {
            HostRow row = rows.lockHost(session, host);
            change.accept(row);
            row.updatedAt = clock.instant();
            session.flush();
            return row.toHost();
        });
    }

    private record Admission(ComputeHost host, AdoptOrder order) {}

    private record Changed(ComputeHost host, List<InstanceChanges.Change> instances) {}
}
