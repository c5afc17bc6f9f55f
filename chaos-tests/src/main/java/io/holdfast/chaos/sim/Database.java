package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.Orders;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.sim.InMemoryOrders;
import io.holdfast.recovery.store.CaseDocuments;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.store.StaleLeaderException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
    private final Map<HostId, HostRow> hosts = new LinkedHashMap<>();
    private final Map<InstanceId, InstanceRow> instances = new LinkedHashMap<>();
    private final Set<InstanceRow> unsettled = new LinkedHashSet<>();
    private final Map<CaseId, CaseRow> cases = new LinkedHashMap<>();
    private final Map<HostId, List<CaseRow>> casesOf = new LinkedHashMap<>();
    private final Map<CaseId, CaseRow> openCases = new LinkedHashMap<>();
    private final List<FenceJournal.Entry> fences = new ArrayList<>();
    private final CaseDocuments documents = new CaseDocuments();
    private final List<CaseJournal.Mark> marks = new ArrayList<>();
    private final InMemoryOrders orders = new InMemoryOrders();
    private LeaderEpoch newest = LeaderEpoch.ZERO;
    private String caller = "nobody";
    private boolean forgetful;
    private @Nullable Consumer<Change> committed;

    /** What one transaction made of an instance. */
    public record Change(@Nullable Instance before, Instance after) {}

    private static final class CaseRow {
        CaseState state;
        long version;
        String writer;

        CaseRow(CaseState state, long version, String writer) {
            this.state = state;
            this.version = version;
            this.writer = writer;
        }
    }

    Database(World world, Overcommit overcommit) {
        this.world = world;
        this.overcommit = overcommit;
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

    private Instant now() {
        return world.timeline().instant();
    }

    private void require(LeaderEpoch leader, String what) {
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

    /** The newest epoch that was recorded. */
    public LeaderEpoch newestLeader() {
        return newest;
    }

    void recordLeader(LeaderEpoch leader) {
        require(leader, "its election");
        newest = leader;
    }

    private void changed(@Nullable Instance before, InstanceRow row) {
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

    private HostRow host(HostId id) {
        HostRow row = hosts.get(id);
        if (row == null) {
            throw new ComputeException(Kind.NOT_FOUND, "no host " + id);
        }
        return row;
    }

    private Optional<String> refusal(HostRow host, Resources wants) {
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
        return Optional.ofNullable(hosts.get(id)).map(row -> row.toHost(now()));
    }

    /** Open cases, as they stand in the journal. */
    public List<CaseState> openCases() {
        return openCases.values().stream().map(row -> row.state).toList();
    }

    /** The newest case of a host. */
    public Optional<CaseState> newestCase(HostId host) {
        List<CaseRow> all = casesOf.getOrDefault(host, List.of());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast().state);
    }

    // ---- owners

    Instance create(
            InstanceId id,
            String name,
            ProjectId project,
            Resources resources,
            RecoveryPolicy policy,
            @Nullable HostId only) {
        InstanceRow row = new InstanceRow(id, name, project, resources, policy, now());
        row.only = only;
        instances.put(id, row);
        unsettled.add(row);
        changed(null, row);
        return row.toInstance(now());
    }

    /** Instances that were stored and have no home yet. */
    List<PlacementRequest> homeless() {
        return unsettled.stream()
                .filter(row -> row.home == null && !row.deleted && "scheduling".equals(row.task))
                .map(row -> new PlacementRequest(row.id, row.resources, null, row.only, Map.of()))
                .toList();
    }

    boolean takeFirstHome(InstanceId id, HostId to) {
        InstanceRow row = instances.get(id);
        HostRow target = host(to);
        if (row == null
                || row.home != null
                || !"scheduling".equals(row.task)
                || row.goal != InstanceGoal.RUNNING
                || refusal(target, row.resources).isPresent()) {
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

    void failToPlace(InstanceId id, String fault) {
        InstanceRow row = instances.get(id);
        if (row != null && row.home == null && "scheduling".equals(row.task)) {
            Instance before = row.toInstance(now());
            row.actual = ActualState.FAILED;
            row.task = null;
            row.fault = fault;
            changed(before, row);
        }
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
        if (row.task != null || row.goal == InstanceGoal.DELETED || row.goal == InstanceGoal.STOPPED) {
            throw new ComputeException(Kind.CONFLICT, "cannot stop it now");
        }
        Instance before = row.toInstance(now());
        row.goal = InstanceGoal.STOPPED;
        if (row.home == null) {
            row.actual = ActualState.STOPPED;
            row.fault = null;
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
        Instance before = row.toInstance(now());
        if (row.home != null && row.home.state == HostState.FENCED) {
            row.home.free(row);
            row.home = null;
        }
        row.goal = InstanceGoal.RUNNING;
        row.fault = null;
        row.task = row.home == null ? "scheduling" : "powering-on";
        changed(before, row);
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
        return hosts.values().stream()
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
        return Optional.of(Orders.order(row.toInstance(now()), IMAGE, home.id, HostEpoch.of(home.epoch), leader));
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
        HostRow host = host(from);
        InstanceRow row = instances.get(report.instance());
        if (row == null) {
            return;
        }
        if (ReportRule.apply(row.known(), from, host.state, report)
                instanceof ReportRule.Outcome.Changed(ReportRule.Known next)) {
            Instance before = row.toInstance(now());
            row.goal = next.goal();
            row.actual = next.actual();
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
        HostRow home = host(refused.host());
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
        row.generation++;
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
        HostRow row = host(id);
        if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + id + " stands condemned; it must introduce itself first");
        }
        row.state = HostState.JOINING;
        List<InstanceOrder> owned = row.instances.values().stream()
                .map(instance -> Orders.order(instance.toInstance(now()), IMAGE, id, HostEpoch.of(row.epoch), leader))
                .toList();
        ComputeHost host = row.toHost(now());
        return new Admission(host, new AdoptOrder(id, host.epoch(), host.incarnation(), leader, owned));
    }

    void finish(Admission admission, AgentAnswer.Accepted accepted, LeaderEpoch leader) {
        HostId id = admission.host().id();
        accepted.reports().forEach(report -> ingest(id, report, leader));
        require(leader, "the end of an admission");
        HostRow row = host(id);
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
                && "withdrawn".equals(row.task)
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
        InstanceOrder order = Orders.order(row.toInstance(now()), IMAGE, from, HostEpoch.of(home.epoch), leader);
        return new Look.Ask(new InstanceOrder(
                from, order.hostEpoch(), leader, id, expected.next(), InstanceGoal.STOPPED, order.spec()));
    }

    Withdrawals.Answer takeHome(InstanceId id, Generation expected, InstanceOrder asked, LeaderEpoch leader) {
        require(leader, "a withdrawal");
        HostRow home = host(asked.host());
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
        row.home = null;
        row.generation = expected.next().value();
        row.actual = ActualState.STOPPED;
        row.task = "withdrawn";
        changed(before, row);
        return new Withdrawals.Answer.Withdrawn(Generation.of(row.generation));
    }

    // ---- ports

    StorePorts ports() {
        return new StorePorts(new HostPort(), new ClaimPort(), new WithdrawalPort(), new CasePort(), new FencePort());
    }

    private final class HostPort implements Hosts {

        @Override
        public List<ComputeHost> list() {
            return hosts.values().stream().map(row -> row.toHost(now())).toList();
        }

        @Override
        public Optional<ComputeHost> find(HostId host) {
            return row(host);
        }

        @Override
        public ComputeHost introduce(HostIntroduction introduction, LeaderEpoch leader) {
            require(leader, "an introduction");
            HostRow row = hosts.computeIfAbsent(
                    introduction.host(), id -> new HostRow(id, new java.util.UUID(2, hosts.size())));
            boolean newBoot = !introduction.bootId().equals(row.bootId);
            if (newBoot || row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
                row.incarnation++;
                row.state = HostState.JOINING;
                row.bootId = introduction.bootId();
                world.checkers().hostChanged(row.toHost(now()), caller);
            }
            row.capacity = introduction.capacity();
            row.domains = introduction.domains();
            if (newBoot) {
                mark(row, one -> one.actual == ActualState.RUNNING, one -> one.actual = ActualState.UNKNOWN);
            }
            return row.toHost(now());
        }

        @Override
        public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
            throw new IllegalStateException("an admission takes its time; it is asked for as a remote call");
        }

        @Override
        public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
            require(leader, "a condemnation");
            HostRow row = host(host);
            if (row.epoch == expected.next().value()
                    && (row.state == HostState.CONDEMNED || row.state == HostState.FENCED)) {
                return row.toHost(now());
            }
            if (row.epoch != expected.value()) {
                throw new ComputeException(
                        Kind.CONFLICT, "host " + host + " is at epoch " + row.epoch + ", not " + expected);
            }
            row.epoch++;
            row.state = HostState.CONDEMNED;
            world.story().tell("database", "host " + host + " is condemned (epoch " + row.epoch + ")");
            mark(row, one -> one.actual != ActualState.UNKNOWN, one -> one.actual = ActualState.UNKNOWN);
            ComputeHost now = row.toHost(now());
            world.checkers().hostChanged(now, caller);
            return now;
        }

        @Override
        public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
            require(leader, "a proof");
            HostRow row = host(proof.host());
            if (row.state == HostState.FENCED && row.epoch == proof.epoch().value()) {
                return row.toHost(now());
            }
            if (!proof.covers(proof.host(), HostEpoch.of(row.epoch)) || row.state != HostState.CONDEMNED) {
                throw new ComputeException(
                        Kind.CONFLICT, "host " + proof.host() + " is " + row.state + " at epoch " + row.epoch);
            }
            row.state = HostState.FENCED;
            world.story().tell("database", "host " + row.id + " is fenced (epoch " + row.epoch + ")");
            mark(row, one -> one.actual == ActualState.UNKNOWN, one -> {
                switch (one.goal) {
                    case RUNNING -> one.actual = ActualState.STOPPED;
                    case STOPPED -> {
                        one.actual = ActualState.STOPPED;
                        one.task = null;
                    }
                    case DELETED -> {
                        one.end();
                        one.task = "disk-removal";
                    }
                }
            });
            ComputeHost now = row.toHost(now());
            world.checkers().hostChanged(now, caller);
            return now;
        }

        private void mark(HostRow row, Predicate<InstanceRow> which, Consumer<InstanceRow> what) {
            for (InstanceRow instance : List.copyOf(row.instances.values())) {
                if (which.test(instance)) {
                    Instance before = instance.toInstance(now());
                    what.accept(instance);
                    changed(before, instance);
                }
            }
        }

        @Override
        public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
            require(leader, "a pardon");
            HostRow row = host(host);
            if (row.state == HostState.FENCED) {
                throw new ComputeException(Kind.CONFLICT, "host " + host + " is proven isolated");
            }
            if (row.state == HostState.CONDEMNED) {
                row.state = HostState.JOINING;
                world.story().tell("database", "host " + host + " is pardoned");
            }
            ComputeHost now = row.toHost(now());
            world.checkers().hostChanged(now, caller);
            return now;
        }

        @Override
        public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
            host(host).forcedDown = forcedDown;
            return host(host).toHost(now());
        }

        @Override
        public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
            host(host).maintenance = by + ": " + reason;
            return host(host).toHost(now());
        }

        @Override
        public ComputeHost endMaintenance(HostId host, Actor by) {
            host(host).maintenance = null;
            return host(host).toHost(now());
        }

        @Override
        public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
            require(leader, "a quarantine");
            HostRow row = host(host);
            if (row.quarantine == null) {
                row.quarantine = reason;
                row.quarantinedAt = now();
            }
            return row.toHost(now());
        }

        @Override
        public ComputeHost release(HostId host) {
            host(host).quarantine = null;
            host(host).quarantinedAt = null;
            return host(host).toHost(now());
        }

        @Override
        public ComputeHost enable(HostId host, Actor by) {
            host(host).enabled = true;
            return host(host).toHost(now());
        }

        @Override
        public ComputeHost disable(HostId host, Actor by, String reason) {
            host(host).enabled = false;
            return host(host).toHost(now());
        }
    }

    private final class ClaimPort implements Claims {

        @Override
        public Claim evacuate(
                InstanceId id, Generation expected, HostId to, FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
            require(leader, "a claim");
            HostRow from = host(proof.host());
            InstanceRow row = instances.get(id);
            if (row == null || row.deleted || row.goal == InstanceGoal.DELETED) {
                return new Claim.Conflict("deleted by its owner");
            }
            if (to.equals(row.homeId()) && row.generation == expected.next().value()) {
                return granted(row);
            }
            if (row.generation != expected.value() || row.home != from) {
                return new Claim.Conflict("its home is " + row.homeId() + " at generation " + row.generation);
            }
            if (from.state != HostState.FENCED || !proof.covers(from.id, HostEpoch.of(from.epoch))) {
                return new Claim.Conflict("its home " + from.id + " is " + from.state + ", which no proof covers");
            }
            return move(row, to, expected);
        }

        @Override
        public List<Instance> at(HostId host) {
            return host(host).instances.values().stream()
                    .filter(row -> row.goal != InstanceGoal.DELETED)
                    .map(row -> row.toInstance(now()))
                    .toList();
        }

        @Override
        public Optional<Instance> find(InstanceId instance) {
            return instance(instance);
        }

        @Override
        public void deliver(InstanceId instance) {
            throw new IllegalStateException("delivery is the controller's");
        }
    }

    private Claim move(InstanceRow row, HostId to, Generation expected) {
        HostRow target = hosts.get(to);
        if (target == null) {
            return new Claim.HostRefused(to, "it is not known here");
        }
        Optional<String> refusal = refusal(target, row.resources);
        if (refusal.isPresent()) {
            return new Claim.HostRefused(to, refusal.get());
        }
        Instance before = row.toInstance(now());
        if (row.home != null) {
            row.home.free(row);
        }
        target.take(row);
        row.home = target;
        row.generation = expected.next().value();
        row.epoch = target.epoch;
        row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
        row.fault = null;
        world.story().tell("database", row.name + " has its home on " + to + " (generation " + row.generation + ")");
        changed(before, row);
        return granted(row);
    }

    private static Claim granted(InstanceRow row) {
        return new Claim.Granted(
                Objects.requireNonNull(row.homeId()), Generation.of(row.generation), HostEpoch.of(row.epoch));
    }

    private final class WithdrawalPort implements Withdrawals {

        @Override
        public Answer withdraw(
                InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
            throw new IllegalStateException("a withdrawal takes its time; it is asked for as a remote call");
        }

        @Override
        public Claim claim(InstanceId id, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
            require(leader, "a claim");
            InstanceRow row = instances.get(id);
            if (row == null || row.deleted || row.goal == InstanceGoal.DELETED) {
                return new Claim.Conflict("deleted by its owner");
            }
            if (to.equals(row.homeId()) && row.generation == expected.next().value()) {
                return granted(row);
            }
            if (row.home != null || row.generation != expected.value() || !"withdrawn".equals(row.task)) {
                return new Claim.Conflict("its home is " + row.homeId() + " at generation " + row.generation);
            }
            return move(row, to, expected);
        }
    }

    private final class CasePort implements CaseJournal {

        @Override
        public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
            if (leader.isOlderThan(newest)) {
                return Outcome.STALE_LEADER;
            }
            for (Write write : writes) {
                CaseRow row = cases.get(write.state().id());
                if ((row == null ? 0 : row.version) != write.expected()) {
                    return Outcome.CONFLICT;
                }
            }
            if (moreThanOneOpen(writes)) {
                return Outcome.CONFLICT;
            }
            require(leader, "cases");
            newest = leader;
            writes.forEach(this::put);
            facts.forEach(world.subscribers()::outbox);
            return Outcome.DONE;
        }

        private boolean moreThanOneOpen(Collection<Write> writes) {
            for (Write write : writes) {
                if (write.state().closed()) {
                    continue;
                }
                for (CaseRow other : openCases.values()) {
                    boolean another = other.state.host().equals(write.state().host())
                            && !other.state.id().equals(write.state().id());
                    boolean closes = writes.stream()
                            .anyMatch(one -> one.state().id().equals(other.state.id())
                                    && one.state().closed());
                    if (another && !closes) {
                        return true;
                    }
                }
            }
            return false;
        }

        private void put(Write write) {
            CaseState state = write.state();
            CaseRow row = cases.get(state.id());
            @Nullable CaseState before = row == null ? null : row.state;
            if (row == null) {
                row = new CaseRow(state, 1, caller);
                cases.put(state.id(), row);
                casesOf.computeIfAbsent(state.host(), id -> new ArrayList<>()).add(row);
            } else {
                row.state = state;
                row.version++;
                row.writer = caller;
            }
            if (state.closed()) {
                openCases.remove(state.id());
            } else {
                openCases.put(state.id(), row);
            }
            if (before == null || !before.phase().word().equals(state.phase().word())) {
                world.story()
                        .tell(
                                caller,
                                "case of " + state.host() + " is "
                                        + state.phase().word());
            }
            for (CaseStep.Line line : write.lines()) {
                marks.add(new Mark(state.id(), state.host(), line.at(), line.kind(), line.text()));
            }
            world.checkers().caseWritten(before, state);
        }

        /** Whoever did not write it reads a document; what the document does not carry is lost here too. */
        private Stored stored(CaseRow row) {
            CaseState state = row.writer.equals(caller) ? row.state : documents.read(documents.write(row.state));
            return new Stored(state, row.version);
        }

        @Override
        public List<Stored> open(SegmentId segment) {
            return openCases.values().stream().map(this::stored).toList();
        }

        @Override
        public Optional<Stored> find(CaseId id) {
            return Optional.ofNullable(cases.get(id)).map(this::stored);
        }

        @Override
        public Optional<Stored> newest(HostId host) {
            List<CaseRow> all = casesOf.getOrDefault(host, List.of());
            return all.isEmpty() ? Optional.empty() : Optional.of(stored(all.getLast()));
        }

        @Override
        public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
            return cases.values().stream()
                    .filter(row -> host == null || row.state.host().equals(host))
                    .filter(row -> open == null || row.state.closed() != open)
                    .map(this::stored)
                    .toList()
                    .reversed()
                    .stream()
                    .limit(limit)
                    .toList();
        }

        @Override
        public List<CaseView.Entry> timeline(CaseId id) {
            return List.of();
        }

        @Override
        public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
            return marks.stream()
                    .filter(mark -> !mark.at().isBefore(since) && kinds.contains(mark.kind()))
                    .toList();
        }
    }

    private final class FencePort implements FenceJournal {

        @Override
        public void append(Entry entry) {
            fences.add(entry);
            world.checkers().fenceJournaled(entry);
        }

        @Override
        public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
            require(leader, "the intent to fence");
            append(entry);
        }

        @Override
        public Optional<Entry> proof(HostId host, HostEpoch epoch) {
            return fences.stream()
                    .filter(entry -> entry.act().equals(PROOF)
                            && entry.host().equals(host)
                            && entry.epoch().equals(epoch))
                    .findFirst();
        }

        @Override
        public List<Entry> history(HostId host, int limit) {
            return fences.stream().filter(entry -> entry.host().equals(host)).toList();
        }
    }

    /** Introduces a host that has always been there, when the world begins. */
    void settle(HostId id, String bootId, Resources capacity) {
        HostRow row = new HostRow(id, new java.util.UUID(2, hosts.size()));
        row.bootId = bootId.isEmpty() ? null : bootId;
        row.capacity = capacity;
        row.incarnation = Incarnation.ZERO.value();
        hosts.put(id, row);
    }
}
