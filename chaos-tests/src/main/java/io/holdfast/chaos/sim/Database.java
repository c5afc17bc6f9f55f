package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.DependencyRule;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.HostSnapshots;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.recovery.sim.InMemoryFailoverSegments;
import io.holdfast.recovery.sim.InMemoryOrders;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.store.StaleLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The database that all controllers share, with the refusals of the real one: leader epochs, host epochs, generations,
 * versions, room. Every verb is one transaction and happens in no time; what a caller may live through on the way is
 * {@link DatabaseClient}'s.
 */
public final class Database {

    private static final Image IMAGE = new Image(
            Rows.IMAGE, "simulated", "simulated.qcow2", "qcow2", 1, null, null, null, 0, 0, Map.of(), Timeline.START);

    private final World world;
    private final Overcommit overcommit;
    private final HostTable hosts;
    private final Map<InstanceId, InstanceRow> instances = new LinkedHashMap<>();
    private final Set<InstanceRow> unsettled = new LinkedHashSet<>();
    private final Groups groups = new Groups();
    private final PlacementConstraints constraints = new PlacementConstraints();
    private final FailoverSegments failover;
    private final CaseTable cases;
    private final MoveTable moves;
    private final InMemoryOrders orders = new InMemoryOrders();
    private LeaderEpoch newest = LeaderEpoch.ZERO;
    private String caller = "nobody";
    private boolean forgetful;
    private @Nullable Consumer<Change> committed;

    /** What one transaction made of an instance. */
    public record Change(@Nullable Instance before, Instance after) {}

    Database(World world, Overcommit overcommit) {
        this.world = world;
        this.overcommit = overcommit;
        this.hosts = new HostTable(world, this);
        this.cases = new CaseTable(world, this);
        this.moves = new MoveTable(world, this);
        this.failover = new InMemoryFailoverSegments(World.SEGMENT.value(), this::now);
    }

    /** Who calls, and who of that process hears of its changes; for the length of one transaction. */
    public <T> T as(String party, @Nullable Consumer<Change> listener, java.util.function.Supplier<T> transaction) {
        String before = caller;
        Consumer<Change> earlier = committed;
        caller = party;
        committed = listener;
        try {
            return transaction.get();
        } finally {
            caller = before;
            committed = earlier;
        }
    }

    Instant now() {
        return world.timeline().instant();
    }

    void require(LeaderEpoch leader, String what) {
        if (leader.isOlderThan(newest)) {
            throw new StaleLeaderException(World.SEGMENT, leader, newest);
        }
        if (!forgetful) {
            world.checkers().leaderWrote(caller, leader, what);
        }
    }

    /**
     * For mutants: makes a call whose receiver does not look at the leader's epoch. The call is given the newest one, and
     * the act is known by the one it really had.
     */
    public <T> T forgettingLeader(LeaderEpoch real, String what, java.util.function.Function<LeaderEpoch, T> call) {
        if (!real.isOlderThan(newest)) {
            return call.apply(real);
        }
        world.checkers().leaderWrote(caller, real, what);
        forgetful = true;
        try {
            return call.apply(newest);
        } finally {
            forgetful = false;
        }
    }

    /** Who calls, in the transaction that is open. */
    String caller() {
        return caller;
    }

    @Nullable
    InstanceRow instanceRow(InstanceId id) {
        return instances.get(id);
    }

    /** A transaction of that leader wrote it down as the newest. */
    void tookLeader(LeaderEpoch leader) {
        newest = leader;
    }

    /** The newest epoch that was recorded. */
    public LeaderEpoch newestLeader() {
        return newest;
    }

    void recordLeader(LeaderEpoch leader) {
        require(leader, "its election");
        newest = leader;
    }

    void changed(@Nullable Instance before, InstanceRow row) {
        Instance after = row.toInstance(now());
        boolean settled = row.deleted || (row.home != null && ReportRule.converged(row.goal, row.actual));
        if (settled) {
            unsettled.remove(row);
        } else {
            unsettled.add(row);
        }
        world.checkers().instanceChanged(before, after, caller);
        if (committed != null) {
            committed.accept(new Change(before, after));
        }
    }

    Optional<String> refusal(HostRow host, Resources wants) {
        if (host.state != HostState.SERVING) {
            return Optional.of("host is " + host.state);
        }
        if (!host.enabled) {
            return Optional.of("host is disabled");
        }
        if (host.forcedDown) {
            return Optional.of("host is forced down");
        }
        if (host.maintenance != null || host.quarantine != null) {
            return Optional.of("host is in maintenance or quarantine");
        }
        if (host.vcpus + wants.vcpus()
                > Math.floor(world.mutation().room(host.capacity.vcpus() * overcommit.vcpus()))) {
            return Optional.of("needs " + wants.vcpus() + " vCPU");
        }
        if (host.memoryMib + wants.memoryMib()
                > Math.floor(world.mutation().room(host.capacity.memoryMib() * overcommit.memory()))) {
            return Optional.of("needs " + wants.memoryMib() + " MiB");
        }
        return Optional.empty();
    }

    /** What operators ordered for the segment. */
    SegmentOrders segmentOrders() {
        return orders.orders(World.SEGMENT);
    }

    /** What operators ordered, and the notes of decisions. */
    OrderBook orders() {
        return orders;
    }

    // ---- what the world and its checkers may look at

    /** Every instance that is not deleted, as it stands. */
    public List<Instance> instances() {
        return instances.values().stream()
                .filter(row -> !row.deleted)
                .map(row -> row.toInstance(now()))
                .toList();
    }

    public Optional<Instance> instance(InstanceId id) {
        return Optional.ofNullable(instances.get(id)).map(row -> row.toInstance(now()));
    }

    public Optional<ComputeHost> row(HostId id) {
        return hosts.find(id);
    }

    /** Closed cases whose host is still to get its power back, as they stand. */
    public List<CaseState> returningCases() {
        return cases.returningStates();
    }

    /** Open cases, as they stand in the journal. */
    public List<CaseState> openCases() {
        return cases.openStates();
    }

    /** Planned moves that are not over, as they stand in the journal. */
    public List<PlannedMove> openMoves() {
        return moves.open(World.SEGMENT).stream().map(MoveJournal.Stored::move).toList();
    }

    /** Whether any instance was ever moved while nothing was wrong with its home. */
    boolean hasMoves() {
        return moves.any();
    }

    /** The newest case of a host. */
    public Optional<CaseState> newestCase(HostId host) {
        return cases.newestState(host);
    }

    // ---- owners

    Instance create(InstanceId id, NewInstance wanted) {
        List<String> dependsOn = TermsRule.parse(wanted.metadata()).dependsOn();
        if (!dependsOn.isEmpty()) {
            DependencyRule.check(
                    new DependencyRule.Known(id, wanted.name(), dependsOn),
                    instances.values().stream()
                            .filter(row -> !row.deleted && row.project.equals(wanted.project()))
                            .map(row -> new DependencyRule.Known(
                                    row.id, row.name, row.terms().dependsOn()))
                            .toList());
        }
        InstanceRow row = new InstanceRow(id, wanted, groups.joined(wanted.group(), wanted.project()), now());
        instances.put(id, row);
        Groups.join(row);
        constraints.joined(row);
        unsettled.add(row);
        changed(null, row);
        return row.toInstance(now());
    }

    void createGroup(ServerGroupId id, String name, ProjectId project, GroupPolicy policy, Set<String> spread) {
        groups.create(id, name, project, policy, spread);
    }

    /** The host is in a host aggregate of this metadata. */
    public void aggregate(HostId host, Map<String, String> metadata) {
        constraints.aggregate(host, metadata);
    }

    /** Somebody outside says so of the host from now on; null for nothing any more. */
    public void advise(HostId host, @Nullable String kind) {
        constraints.advise(host, kind);
    }

    PlacementConstraints constraints() {
        return constraints;
    }

    Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> wanted) {
        return constraints.any() ? constraints.terms(wanted, instances) : Map.of();
    }

    Map<HostId, InstanceId> livesOf(ProjectId project) {
        return PlacementConstraints.livesOf(project, instances.values());
    }

    /** Which hosts are kept for whose failure. */
    FailoverSegments failover() {
        return failover;
    }

    boolean hasGroups() {
        return groups.any();
    }

    /** Server groups with where their members live. */
    List<ServerGroup> groups() {
        return groups.list();
    }

    /** Instances that were stored and have no home yet, and what their groups say. */
    record Homeless(List<PlacementRequest> requests, List<ServerGroup> groups) {}

    /** The one host that somebody asked for when he had it made counts for its first home alone. */
    Homeless homeless() {
        List<PlacementRequest> requests = unsettled.stream()
                .filter(row -> row.home == null && !row.deleted && ("scheduling".equals(row.task) || forgotten(row)))
                .map(row -> new PlacementRequest(
                        row.id,
                        row.resources,
                        null,
                        row.generation > 0 ? null : row.only,
                        Map.of(),
                        HostSnapshots.rules(terms(List.of(row.id)).get(row.id)),
                        forgotten(row) ? new PlacementRequest.Loss(null, 0) : null))
                .toList();
        return new Homeless(requests, requests.isEmpty() ? List.of() : groups.list());
    }

    /** Withdrawn for a case that followed it no further. */
    private boolean forgotten(InstanceRow row) {
        return row.isWithdrawn()
                && row.goal == InstanceGoal.RUNNING
                && row.withdrawnAt.plus(world.settings().withdrawnFor()).isBefore(now());
    }

    boolean takeFirstHome(InstanceId id, HostId to) {
        InstanceRow row = instances.get(id);
        HostRow target = hosts.row(to);
        if (row == null
                || row.home != null
                || !("scheduling".equals(row.task) || forgotten(row))
                || row.goal != InstanceGoal.RUNNING
                || refusal(target, row.resources).isPresent()
                || Groups.refusal(row, target).isPresent()) {
            return false;
        }
        Instance before = row.generation == 0 ? null : row.toInstance(now());
        target.take(row);
        row.home = target;
        row.generation++;
        row.epoch = target.epoch;
        row.task = "spawning";
        row.fault = null;
        changed(before, row);
        return true;
    }

    /** No host has room for it: a new one fails, and for one that was withdrawn and forgotten a human is called in time. */
    void failToPlace(InstanceId id, String fault) {
        InstanceRow row = instances.get(id);
        if (row != null && row.home == null && "scheduling".equals(row.task)) {
            Instance before = row.toInstance(now());
            row.actual = ActualState.FAILED;
            row.task = null;
            row.fault = fault;
            changed(before, row);
        } else if (row != null
                && row.callsForRoom(now(), world.settings().recovery().instanceDeadline())) {
            Instance before = row.toInstance(now());
            row.fault = "It was withdrawn from its home and no host has room for it. " + fault;
            changed(before, row);
            world.subscribers().outbox(calledForRoom(row));
        }
    }

    private Fact calledForRoom(InstanceRow row) {
        return new Fact(
                UUID.nameUUIDFromBytes((row.id + " withdrawn at " + row.withdrawnAt).getBytes(StandardCharsets.UTF_8)),
                "instance.needs-operator",
                "instance/" + row.id,
                row.project,
                now(),
                Map.of("instanceId", row.id.toString(), "name", row.name, "reason", String.valueOf(row.fault)));
    }

    void delete(InstanceId id) {
        InstanceRow row = living(id);
        Instance before = row.toInstance(now());
        row.goal = InstanceGoal.DELETED;
        if (row.home == null || row.home.state == HostState.FENCED) {
            row.end();
            row.task = row.home == null ? null : "disk-removal";
        } else {
            row.task = "deleting";
        }
        changed(before, row);
    }

    void stop(InstanceId id) {
        InstanceRow row = living(id);
        if ((row.task != null && !row.isWithdrawn())
                || row.goal == InstanceGoal.DELETED
                || row.goal == InstanceGoal.STOPPED) {
            throw new ComputeException(Kind.CONFLICT, "cannot stop it now");
        }
        Instance before = row.toInstance(now());
        changeGoal(row, InstanceGoal.STOPPED);
        if (row.home == null) {
            row.actual = ActualState.STOPPED;
            row.fault = null;
            row.task = null;
        } else {
            row.task = "powering-off";
        }
        changed(before, row);
    }

    void start(InstanceId id) {
        InstanceRow row = living(id);
        if (row.task != null
                || row.goal == InstanceGoal.DELETED
                || (row.goal == InstanceGoal.RUNNING && row.actual == ActualState.RUNNING)) {
            throw new ComputeException(Kind.CONFLICT, "cannot start it now");
        }
        Groups.againstStart(row).ifPresent(why -> {
            throw new ComputeException(Kind.CONFLICT, "cannot start it on its home: " + why);
        });
        Instance before = row.toInstance(now());
        changeGoal(row, InstanceGoal.RUNNING);
        if (row.home != null && row.home.state == HostState.FENCED) {
            row.home.free(row);
            row.home = null;
        }
        row.fault = null;
        row.task = row.home == null ? "scheduling" : "powering-on";
        changed(before, row);
    }

    /** As {@code StoredInstances} does. */
    private static void changeGoal(InstanceRow row, InstanceGoal goal) {
        HostState home = row.home == null ? HostState.FENCED : row.home.state;
        if (row.goal != goal && (home == HostState.SERVING || home == HostState.JOINING)) {
            row.generation++;
            if (ReportRule.converged(goal, row.actual)) {
                row.actual = ActualState.UNKNOWN;
            }
        }
        row.goal = goal;
    }

    private InstanceRow living(InstanceId id) {
        InstanceRow row = instances.get(id);
        if (row == null || row.deleted) {
            throw new ComputeException(Kind.NOT_FOUND, "no instance " + id);
        }
        return row;
    }

    // ---- goal delivery

    /** Hosts whose agents should be listened to. */
    List<HostId> reachable() {
        return hosts.rows().stream()
                .filter(row -> row.bootId != null)
                .filter(row -> row.state == HostState.JOINING || row.state == HostState.SERVING)
                .map(row -> row.id)
                .toList();
    }

    Optional<InstanceOrder> due(InstanceId id, LeaderEpoch leader) {
        InstanceRow row = instances.get(id);
        if (row == null || row.deleted || row.home == null || ReportRule.converged(row.goal, row.actual)) {
            return Optional.empty();
        }
        HostRow home = row.home;
        if (home.state != HostState.SERVING) {
            return Optional.empty();
        }
        return Optional.of(Orders.order(
                row.toInstance(now()), IMAGE, GuestTerms.DEFAULT, home.id, HostEpoch.of(home.epoch), leader));
    }

    List<InstanceId> undelivered() {
        return unsettled.stream()
                .filter(row -> !row.deleted && row.home != null && row.home.state == HostState.SERVING)
                .filter(row -> !ReportRule.converged(row.goal, row.actual))
                .filter(row ->
                        !(row.actual == ActualState.FAILED && row.task == null && row.goal != InstanceGoal.DELETED))
                .map(row -> row.id)
                .toList();
    }

    void ingest(HostId from, InstanceReport report, LeaderEpoch leader) {
        require(leader, "a report");
        HostRow host = hosts.row(from);
        InstanceRow row = instances.get(report.instance());
        if (row == null) {
            return;
        }
        if (ReportRule.apply(row.known(), from, host.state, report)
                instanceof ReportRule.Outcome.Changed(ReportRule.Known next)) {
            Instance before = row.toInstance(now());
            row.goal = next.goal();
            row.actual = next.actual();
            row.cameUp = next.cameUp();
            row.task = next.task();
            row.fault = next.fault();
            if (next.actual() == ActualState.DELETED && !row.deleted) {
                row.deleted = true;
                host.free(row);
            }
            changed(before, row);
        }
    }

    boolean renew(InstanceOrder refused, LeaderEpoch leader) {
        require(leader, "a renewed generation");
        HostRow home = hosts.row(refused.host());
        InstanceRow row = instances.get(refused.instance());
        if (row == null
                || row.deleted
                || row.home != home
                || row.generation != refused.generation().value()
                || home.state != HostState.SERVING
                || home.epoch != refused.hostEpoch().value()) {
            return false;
        }
        Instance before = row.toInstance(now());
        row.generation += 2;
        if (row.actual == ActualState.RUNNING) {
            row.actual = ActualState.UNKNOWN;
        }
        changed(before, row);
        return true;
    }

    // ---- admissions, in the two transactions that the real store has

    record Admission(ComputeHost host, AdoptOrder order) {}

    Admission prepare(HostId id, LeaderEpoch leader) {
        require(leader, "an admission");
        HostRow row = hosts.row(id);
        if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + id + " stands condemned; it must introduce itself first");
        }
        row.state = HostState.JOINING;
        List<InstanceOrder> owned = row.instances.values().stream()
                .map(instance -> Orders.order(
                        instance.toInstance(now()), IMAGE, GuestTerms.DEFAULT, id, HostEpoch.of(row.epoch), leader))
                .toList();
        ComputeHost host = row.toHost(now());
        return new Admission(
                host,
                new AdoptOrder(
                        id,
                        host.epoch(),
                        host.incarnation(),
                        String.valueOf(host.bootId()),
                        ++row.adoptions,
                        leader,
                        owned));
    }

    void finish(Admission admission, AgentAnswer.Accepted accepted, LeaderEpoch leader) {
        HostId id = admission.host().id();
        accepted.reports().forEach(report -> ingest(id, report, leader));
        require(leader, "the end of an admission");
        HostRow row = hosts.row(id);
        if (row.epoch != admission.order().hostEpoch().value()
                || row.incarnation != admission.order().incarnation().value()
                || row.state != HostState.JOINING) {
            throw new ComputeException(Kind.CONFLICT, "host " + id + " changed while it was being admitted");
        }
        row.state = HostState.SERVING;
        world.story().tell("database", "host " + id + " serves (epoch " + row.epoch + ")");
        world.checkers().hostChanged(row.toHost(now()), caller);
    }

    // ---- withdrawals, likewise

    /** What is to be asked of the home, or the answer that needs no question. */
    sealed interface Look {
        record Settled(Withdrawals.Answer answer) implements Look {}

        record Ask(InstanceOrder order) implements Look {}
    }

    Look lookForWithdrawal(InstanceId id, Generation expected, HostId from, LeaderEpoch leader) {
        require(leader, "a withdrawal");
        InstanceRow row = instances.get(id);
        if (row == null || row.deleted || row.goal == InstanceGoal.DELETED) {
            return new Look.Settled(new Withdrawals.Answer.Conflict("deleted by its owner"));
        }
        if (row.home == null
                && Withdrawals.WITHDRAWN.equals(row.task)
                && row.generation == expected.next().value()) {
            return new Look.Settled(new Withdrawals.Answer.Withdrawn(Generation.of(row.generation)));
        }
        HostRow home = row.home;
        if (home == null || !home.id.equals(from) || row.generation != expected.value()) {
            return new Look.Settled(new Withdrawals.Answer.Conflict("its home or its generation is another"));
        }
        if (home.state != HostState.SERVING) {
            return new Look.Settled(new Withdrawals.Answer.Conflict("its home " + from + " is " + home.state));
        }
        if (row.actual == ActualState.RUNNING) {
            return new Look.Settled(new Withdrawals.Answer.RunsThere());
        }
        InstanceOrder order =
                Orders.order(row.toInstance(now()), IMAGE, GuestTerms.DEFAULT, from, HostEpoch.of(home.epoch), leader);
        return new Look.Ask(new InstanceOrder(
                from, order.hostEpoch(), leader, id, expected.next(), InstanceGoal.STOPPED, order.spec()));
    }

    Withdrawals.Answer takeHome(InstanceId id, Generation expected, InstanceOrder asked, LeaderEpoch leader) {
        require(leader, "a withdrawal");
        HostRow home = hosts.row(asked.host());
        InstanceRow row = instances.get(id);
        if (row == null
                || row.deleted
                || row.goal == InstanceGoal.DELETED
                || row.home != home
                || row.generation != expected.value()) {
            return new Withdrawals.Answer.Conflict("it changed while its home was asked");
        }
        if (home.state != HostState.SERVING || home.epoch != asked.hostEpoch().value()) {
            return new Withdrawals.Answer.Conflict("its home " + home.id + " is " + home.state);
        }
        Instance before = row.toInstance(now());
        home.free(row);
        row.withdraw(now());
        row.generation = expected.next().value();
        row.actual = ActualState.STOPPED;
        row.task = Withdrawals.WITHDRAWN;
        changed(before, row);
        return new Withdrawals.Answer.Withdrawn(Generation.of(row.generation));
    }

    // ---- relocations, likewise

    /** What is to be asked of the home, or the answer that needs no question. */
    sealed interface Departure {
        record Settled(Withdrawals.Relocation answer) implements Departure {}

        record Ask(InstanceOrder order) implements Departure {}
    }

    Departure lookForRelocation(InstanceId id, Generation expected, HostId from, HostId to, LeaderEpoch leader) {
        require(leader, "a relocation");
        InstanceRow row = instances.get(id);
        if (row != null
                && !row.deleted
                && to.equals(row.homeId())
                && row.generation == expected.next().next().value()) {
            return new Departure.Settled(new Withdrawals.Relocation.Relocated(Generation.of(row.generation)));
        }
        String changed = changed(row, expected, from);
        if (row == null || changed != null) {
            return new Departure.Settled(new Withdrawals.Relocation.Conflict(String.valueOf(changed)));
        }
        if (!Withdrawals.MIGRATING.equals(row.task)) {
            Instance before = row.toInstance(now());
            row.task = Withdrawals.MIGRATING;
            changed(before, row);
        }
        HostRow home = hosts.row(from);
        InstanceOrder order =
                Orders.order(row.toInstance(now()), IMAGE, GuestTerms.DEFAULT, from, HostEpoch.of(home.epoch), leader);
        return new Departure.Ask(new InstanceOrder(
                from, order.hostEpoch(), leader, id, expected.next(), InstanceGoal.STOPPED, order.spec()));
    }

    /** The home has confirmed; seen by those who watch as what it is, a withdrawal and a claim, in one transaction. */
    Withdrawals.Relocation rehome(
            InstanceId id, Generation expected, InstanceOrder asked, HostId to, LeaderEpoch leader) {
        require(leader, "a relocation");
        InstanceRow row = instances.get(id);
        String changed = changed(row, expected, asked.host());
        if (changed == null
                && hosts.row(asked.host()).epoch != asked.hostEpoch().value()) {
            changed = "its home has begun another life";
        }
        if (row == null || changed != null) {
            return new Withdrawals.Relocation.Conflict(String.valueOf(changed));
        }
        HostRow home = hosts.row(asked.host());
        HostRow target = hosts.known(to);
        Optional<String> refusal = target == null
                ? Optional.of("it is not known here")
                : refusal(target, row.resources).or(() -> Groups.refusal(row, target));
        if (target == null || refusal.isPresent()) {
            return goOn(row, "host " + to + ": " + refusal.orElse(""));
        }
        Instance before = row.toInstance(now());
        home.free(row);
        row.withdraw(now());
        row.generation = expected.next().value();
        row.actual = ActualState.STOPPED;
        row.task = Withdrawals.WITHDRAWN;
        changed(before, row);
        Instance homeless = row.toInstance(now());
        target.take(row);
        row.home = target;
        row.epoch = target.epoch;
        row.fault = null;
        row.generation--;
        world.story().tell("database", row.name + " moves its home from " + home.id + " to " + to);
        restart(homeless, row);
        return new Withdrawals.Relocation.Relocated(Generation.of(row.generation));
    }

    Withdrawals.Relocation keep(InstanceId id, Generation expected, HostId home, LeaderEpoch leader) {
        require(leader, "a relocation that is taken back");
        InstanceRow row = instances.get(id);
        String changed = changed(row, expected, home);
        return row == null || changed != null
                ? new Withdrawals.Relocation.Conflict(String.valueOf(changed))
                : goOn(row, "it was not taken from there");
    }

    private Withdrawals.Relocation goOn(InstanceRow row, String reason) {
        world.story().tell("database", row.name + " goes on at " + row.homeId() + ": " + reason);
        restart(row.toInstance(now()), row);
        return new Withdrawals.Relocation.Kept(Generation.of(row.generation), reason);
    }

    private void restart(Instance before, InstanceRow row) {
        row.generation += 2;
        row.actual = ActualState.UNKNOWN;
        row.task = Withdrawals.MIGRATING;
        changed(before, row);
    }

    private @Nullable String changed(@Nullable InstanceRow row, Generation expected, HostId from) {
        if (row == null || row.deleted || row.goal != InstanceGoal.RUNNING) {
            return "its owner has deleted or stopped it";
        }
        if (!from.equals(row.homeId()) || row.generation != expected.value()) {
            return "its home is " + row.homeId() + " at generation " + row.generation;
        }
        HostState state = hosts.row(from).state;
        return state == HostState.SERVING ? null : "its home " + from + " is " + state;
    }

    // ---- ports

    StorePorts ports() {
        ClaimTable claims = new ClaimTable(world, this, hosts);
        return new StorePorts(hosts, claims, claims, cases, moves, new FenceTable(world, this));
    }

    /** Introduces a host that has always been there, when the world begins. */
    void settle(HostId id, String bootId, Resources capacity) {
        hosts.settle(id, bootId, capacity);
    }
}
