package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceListener;
import io.holdfast.compute.Instances;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.compute.core.HomeReturn;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A small data centre in memory: the store's hosts and instances with their compare-and-sets, and agents that run guests.
 *
 * <p>It is its own judge: whenever a guest begins to run it looks whether the same instance runs on another host that has
 * power, and whenever an instance is evacuated it looks whether the old home really has none. What it finds goes into
 * {@link #violations}, whoever was to blame.
 */
final class World implements Unconstrained, Instances, Withdrawals {

    static final SegmentId SEGMENT = SegmentId.of("default");

    private final Map<HostId, FakeHost> rows = new TreeMap<>();
    private final Map<HostId, FakeAgent> agents = new TreeMap<>();
    private final Map<InstanceId, Instance> instances = new LinkedHashMap<>();
    private final Map<String, ServerGroup> groups = new TreeMap<>();
    private final Map<InstanceId, Boolean> withdrawn = new HashMap<>();
    private final List<InstanceListener> listeners = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<InstanceId, HostId> ordered = new LinkedHashMap<>();
    private final Map<HostId, Integer> startingMost = new HashMap<>();
    private boolean slowStarts;
    private LeaderEpoch newestLeader = LeaderEpoch.ZERO;
    private boolean away;
    private int calls;
    private int failFrom = Integer.MAX_VALUE;
    private int failTimes;
    private int starts;
    private long clock;

    /** Wall time, for what is remembered with its moment. */
    InstantSource wall = InstantSource.system();

    // ---- the world's own verbs

    synchronized HostId host(String name) {
        HostId id = HostId.of(name);
        FakeHost row = new FakeHost();
        row.state = HostState.SERVING;
        row.incarnation = 1;
        row.bootId = "boot-1";
        rows.put(id, row);
        agents.put(id, new FakeAgent());
        return id;
    }

    synchronized void capacity(HostId host, int memoryMib) {
        rows.get(host).capacity = new Resources(16, memoryMib, 100);
    }

    synchronized void domains(HostId host, FailureDomains domains) {
        rows.get(host).domains = domains;
    }

    InstanceId instance(String name, HostId home) {
        return instance(name, home, RecoveryPolicy.AUTOMATIC);
    }

    synchronized InstanceId instance(String name, HostId home, RecoveryPolicy policy) {
        return instance(name, home, policy, Map.of());
    }

    /** With an owner's words; all instances that have some are of one project, or they could not name each other. */
    synchronized InstanceId instance(String name, HostId home, RecoveryPolicy policy, Map<String, String> metadata) {
        InstanceId id = id(name);
        Instant at = Instant.EPOCH.plusMillis(++clock);
        Instance instance = new Instance(
                id,
                name,
                ProjectId.of(metadata.isEmpty() ? "p-" + name : "p"),
                "u",
                new FlavorId("small"),
                new Resources(1, 1024, 1),
                new ImageId(new UUID(0, 1)),
                null,
                InstanceGoal.RUNNING,
                ActualState.RUNNING,
                false,
                null,
                null,
                home,
                Generation.of(1),
                HostEpoch.of(rows.get(home).epoch),
                policy,
                policy == RecoveryPolicy.NONE ? "default" : "tag",
                List.of(),
                metadata,
                at,
                at,
                at);
        instances.put(id, instance);
        agents.get(home).running.put(id, Generation.of(1));
        listeners.forEach(listener -> listener.changed(null, instance));
        return id;
    }

    synchronized void group(String name, GroupPolicy policy, List<InstanceId> members) {
        groups.put(
                name,
                new ServerGroup(
                        ServerGroupId.of(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))),
                        name,
                        ProjectId.of("p"),
                        "u",
                        policy,
                        1,
                        members,
                        Map.of(),
                        Instant.EPOCH));
    }

    static InstanceId id(String name) {
        return InstanceId.of(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
    }

    synchronized void power(HostId host, PowerState state) {
        FakeAgent agent = agents.get(host);
        if (agent != null) {
            agent.power = state == PowerState.ON;
            agent.running.clear();
        }
    }

    /** Has power and runs its guests, and nobody hears it. */
    synchronized void silence(HostId host, boolean silent) {
        agents.get(host).silent = silent;
    }

    synchronized void failStarts(HostId host, boolean failing) {
        agents.get(host).failing = failing;
    }

    synchronized void databaseAway(boolean isAway) {
        away = isAway;
    }

    /** The nth call of the store from now on (from 1) fails, and so do the ones after it, this many in all. */
    synchronized void failCalls(int nth, int times) {
        calls = 0;
        failFrom = nth;
        failTimes = times;
    }

    /** Calls of the store since {@link #failCalls}. */
    synchronized int calls() {
        return calls;
    }

    synchronized void leader(LeaderEpoch epoch) {
        newestLeader = epoch;
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /** Somebody said that a host was isolated, and it was not: what ran twice then is on them. */
    synchronized void forgiveOperatorsWord() {
        violations.removeIf(text -> text.startsWith("S1"));
    }

    synchronized int starts() {
        return starts;
    }

    /** How many instances were handed to this host and not seen running yet, and the most there ever were. */
    synchronized int startingAtMost(HostId host) {
        return startingMost.getOrDefault(host, 0);
    }

    /** Orders to start are taken, and nothing comes of them until {@link #finishStarts}. */
    synchronized void slowStarts(boolean slow) {
        slowStarts = slow;
    }

    /** What was ordered and not started yet. */
    synchronized List<InstanceId> ordered() {
        return List.copyOf(ordered.keySet());
    }

    void finishStart(InstanceId id) {
        synchronized (this) {
            ordered.remove(id);
        }
        run(id);
    }

    synchronized List<HostId> runsOn(InstanceId id) {
        return agents.entrySet().stream()
                .filter(entry -> entry.getValue().power
                        && (entry.getValue().running.containsKey(id)
                                || entry.getValue().brought.contains(id)))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The agents' reports come around, as their watch would bring them. */
    void deliverAll() {
        for (Instance instance : list(null)) {
            HostId home = instance.home();
            if (home != null && rows.get(home).state == HostState.SERVING) {
                deliver(instance.id());
            }
        }
    }

    void ownerStops(InstanceId id) {
        change(id, i -> copy(i, InstanceGoal.STOPPED, ActualState.STOPPED, i.home(), i.generation(), null));
    }

    void ownerDeletes(InstanceId id) {
        change(id, i -> copy(i, InstanceGoal.DELETED, ActualState.DELETED, i.home(), i.generation(), null));
    }

    // ---- Hosts

    @Override
    public synchronized List<ComputeHost> list() {
        reach();
        return rows.keySet().stream().map(this::view).toList();
    }

    @Override
    public synchronized Optional<ComputeHost> find(HostId host) {
        reach();
        return Optional.ofNullable(rows.get(host)).map(row -> view(host));
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        Map<InstanceId, HomeReturn> off;
        synchronized (this) {
            reach();
            require(leader);
            FakeHost row = rows.get(introduction.host());
            if (row != null && row.epoch != expected.value()) {
                throw new ComputeException(ComputeException.Kind.CONFLICT, "it is at epoch " + row.epoch);
            }
            boolean fenced = row != null && row.state == HostState.FENCED;
            off = fenced ? ReturningGroups.parted(groups(), instances, introduction.host()) : Map.of();
        }
        off.forEach((id, next) -> change(
                id,
                i -> copy(i, next.goal(), next.actual(), null, i.generation().next(), next.fault())));
        return introduce(introduction);
    }

    private synchronized ComputeHost introduce(HostIntroduction introduction) {
        FakeHost row = rows.computeIfAbsent(introduction.host(), host -> new FakeHost());
        if (!introduction.bootId().equals(row.bootId)
                || row.state == HostState.CONDEMNED
                || row.state == HostState.FENCED) {
            row.incarnation++;
            row.state = HostState.JOINING;
            row.bootId = introduction.bootId();
        }
        return view(introduction.host());
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        List<InstanceId> destroyed = new ArrayList<>();
        synchronized (this) {
            reach();
            require(leader);
            FakeHost row = rows.get(host);
            if (row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
                throw new ComputeException(ComputeException.Kind.CONFLICT, host + " stands condemned");
            }
            FakeAgent agent = agents.get(host);
            if (!agent.power || agent.silent) {
                return new AgentAnswer.NoAnswer("no connection to " + host);
            }
            agent.running.keySet().removeIf(id -> {
                boolean stale = !host.equals(instances.get(id).home());
                if (stale) {
                    destroyed.add(id);
                }
                return stale;
            });
            row.state = HostState.SERVING;
        }
        deliverAll();
        return new AgentAnswer.Accepted(List.of(), destroyed);
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        synchronized (this) {
            reach();
            require(leader);
            FakeHost row = rows.get(host);
            boolean condemned = row.state == HostState.CONDEMNED || row.state == HostState.FENCED;
            if (row.epoch == expected.next().value() && condemned) {
                return view(host);
            }
            if (row.epoch != expected.value()) {
                throw new ComputeException(ComputeException.Kind.CONFLICT, host + " is at epoch " + row.epoch);
            }
            row.epoch++;
            row.state = HostState.CONDEMNED;
        }
        at(host).forEach(i ->
                change(i.id(), n -> copy(n, n.goal(), ActualState.UNKNOWN, n.home(), n.generation(), null)));
        return find(host).orElseThrow();
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        synchronized (this) {
            reach();
            require(leader);
            FakeHost row = rows.get(proof.host());
            if (row.state == HostState.FENCED && row.epoch == proof.epoch().value()) {
                return view(proof.host());
            }
            if (row.state != HostState.CONDEMNED || row.epoch != proof.epoch().value()) {
                throw new ComputeException(ComputeException.Kind.CONFLICT, proof.host() + " is " + row.state);
            }
            row.state = HostState.FENCED;
        }
        at(proof.host())
                .forEach(i ->
                        change(i.id(), n -> copy(n, n.goal(), ActualState.STOPPED, n.home(), n.generation(), null)));
        return find(proof.host()).orElseThrow();
    }

    @Override
    public synchronized ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        reach();
        require(leader);
        FakeHost row = rows.get(host);
        if (row.state == HostState.CONDEMNED) {
            row.state = HostState.JOINING;
        }
        return view(host);
    }

    @Override
    public synchronized ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
        reach();
        rows.get(host).forcedDown = forcedDown;
        return view(host);
    }

    @Override
    public synchronized ComputeHost startMaintenance(HostId host, Actor by, String reason) {
        reach();
        rows.get(host).maintenance = by + ": " + reason;
        return view(host);
    }

    @Override
    public synchronized ComputeHost endMaintenance(HostId host, Actor by) {
        reach();
        rows.get(host).maintenance = null;
        return view(host);
    }

    @Override
    public synchronized ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
        reach();
        require(leader);
        FakeHost row = rows.get(host);
        if (row.quarantine == null) {
            row.quarantine = reason;
            row.quarantinedAt = wall.instant();
        }
        return view(host);
    }

    @Override
    public synchronized ComputeHost release(HostId host) {
        reach();
        rows.get(host).quarantine = null;
        rows.get(host).quarantinedAt = null;
        return view(host);
    }

    @Override
    public synchronized ComputeHost enable(HostId host, Actor by) {
        rows.get(host).enabled = true;
        return view(host);
    }

    @Override
    public synchronized ComputeHost disable(HostId host, Actor by, String reason) {
        rows.get(host).enabled = false;
        return view(host);
    }

    // ---- Claims

    @Override
    public Claim evacuate(
            InstanceId id,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts) {
        synchronized (this) {
            reach();
            require(leader);
            Instance instance = instances.get(id);
            HostId home = instance.home();
            if (to.equals(home) && instance.generation().equals(expected.next())) {
                return new Claim.Granted(to, instance.generation(), HostEpoch.of(rows.get(to).epoch));
            }
            if (!instance.generation().equals(expected) || home == null) {
                return new Claim.Conflict("generation is " + instance.generation());
            }
            if (instance.goal() != InstanceGoal.RUNNING) {
                return new Claim.Conflict("its owner does not want it to run");
            }
            if (!proof.covers(home, HostEpoch.of(rows.get(home).epoch)) || rows.get(home).state != HostState.FENCED) {
                violations.add("S2: " + instance.name() + " claimed away from " + home + " with " + proof);
                return new Claim.Conflict("the proof does not cover " + home);
            }
            if (proof.kind() == FenceProof.Kind.POWER_READ_OFF
                    && agents.get(home).running.containsKey(id)) {
                violations.add("S2: " + instance.name() + " claimed although it runs on " + home);
            }
        }
        return take(id, expected, to, leaveStopped);
    }

    private Claim take(InstanceId id, Generation expected, HostId to, boolean leaveStopped) {
        synchronized (this) {
            FakeHost row = rows.get(to);
            if (row.state != HostState.SERVING
                    || row.forcedDown
                    || !row.enabled
                    || row.maintenance != null
                    || row.quarantine != null) {
                return new Claim.HostRefused(to, "is " + row.state);
            }
            if (used(to).memoryMib() + 1024 > row.capacity.memoryMib()) {
                return new Claim.HostRefused(to, "is full");
            }
            for (ServerGroup group : groups()) {
                Map<HostId, Integer> others = new HashMap<>();
                group.homes().forEach((member, home) -> {
                    if (!member.equals(id)) {
                        others.merge(home, 1, Integer::sum);
                    }
                });
                Optional<String> parted = group.members().contains(id)
                        ? GroupRule.refusal(group.policy(), group.maxPerHost(), group.name(), to, others)
                        : Optional.empty();
                if (parted.isPresent()) {
                    return new Claim.Conflict(parted.get());
                }
            }
            withdrawn.remove(id);
        }
        change(id, i -> {
            return leaveStopped
                    ? copy(i, InstanceGoal.STOPPED, ActualState.STOPPED, to, expected.next(), null)
                    : copy(i, i.goal(), ActualState.UNKNOWN, to, expected.next(), "evacuating");
        });
        return new Claim.Granted(to, expected.next(), HostEpoch.of(rows.get(to).epoch));
    }

    @Override
    public synchronized List<Instance> at(HostId host) {
        reach();
        return instances.values().stream()
                .filter(i -> host.equals(i.home()) && i.goal() != InstanceGoal.DELETED)
                .toList();
    }

    @Override
    public synchronized Optional<Instance> find(InstanceId id) {
        reach();
        return Optional.ofNullable(instances.get(id));
    }

    @Override
    public synchronized List<ServerGroup> groups() {
        return groups.values().stream()
                .map(group -> {
                    Map<InstanceId, HostId> homes = new HashMap<>();
                    for (InstanceId member : group.members()) {
                        Instance instance = instances.get(member);
                        HostId home = instance.home();
                        if (home != null
                                && instance.goal() != InstanceGoal.DELETED
                                && rows.get(home).state != HostState.FENCED) {
                            homes.put(member, home);
                        }
                    }
                    return new ServerGroup(
                            group.id(),
                            group.name(),
                            group.project(),
                            group.user(),
                            group.policy(),
                            group.maxPerHost(),
                            group.members(),
                            homes,
                            group.createdAt());
                })
                .toList();
    }

    @Override
    public void deliver(InstanceId id) {
        synchronized (this) {
            HostId home = instances.get(id).home();
            if (slowStarts && home != null) {
                ordered.put(id, home);
                int now = (int) ordered.values().stream().filter(home::equals).count();
                startingMost.merge(home, now, Math::max);
                return;
            }
        }
        run(id);
    }

    private void run(InstanceId id) {
        ActualState report = null;
        Generation generation;
        synchronized (this) {
            Instance instance = instances.get(id);
            HostId home = instance.home();
            generation = instance.generation();
            if (home == null || away || rows.get(home).state != HostState.SERVING) {
                return;
            }
            FakeAgent agent = agents.get(home);
            if (!agent.power || agent.silent || instance.goal() != InstanceGoal.RUNNING) {
                return;
            }
            if (generation.isOlderThan(agent.seen.getOrDefault(id, Generation.ZERO))) {
                return;
            }
            agent.seen.put(id, generation);
            if (agent.failing) {
                report = ActualState.FAILED;
            } else {
                if (agent.running.put(id, generation) == null) {
                    starts += agent.brought.remove(id) ? 0 : 1;
                    List<HostId> all = runsOn(id);
                    if (all.size() > 1) {
                        violations.add("S1: " + instance.name() + " runs on " + all);
                    }
                }
                report = ActualState.RUNNING;
            }
        }
        ActualState actual = report;
        Generation at = generation;
        change(
                id,
                i -> i.generation().equals(at)
                        ? copy(
                                i,
                                i.goal(),
                                actual,
                                i.home(),
                                i.generation(),
                                actual == ActualState.FAILED ? "no disk" : null)
                        : i);
    }

    // ---- Withdrawals

    @Override
    public Answer withdraw(InstanceId id, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
        synchronized (this) {
            reach();
            require(leader);
            Instance instance = instances.get(id);
            if (instance.home() == null && instance.generation().equals(expected.next())) {
                return new Answer.Withdrawn(expected.next());
            }
            if (!instance.generation().equals(expected) || !from.equals(instance.home())) {
                return new Answer.Conflict("generation is " + instance.generation());
            }
            FakeAgent agent = agents.get(from);
            if (!agent.power || agent.silent) {
                return new Answer.NotConfirmed("no connection to " + from);
            }
            if (agent.running.containsKey(id)) {
                return new Answer.RunsThere();
            }
            agent.seen.put(id, expected.next());
        }
        change(id, i -> copy(i, i.goal(), ActualState.STOPPED, null, expected.next(), "withdrawn"));
        return new Answer.Withdrawn(expected.next());
    }

    @Override
    public Claim claim(InstanceId id, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
        synchronized (this) {
            reach();
            require(leader);
            Instance instance = instances.get(id);
            if (to.equals(instance.home()) && instance.generation().equals(expected.next())) {
                return new Claim.Granted(to, instance.generation(), HostEpoch.of(rows.get(to).epoch));
            }
            if (instance.home() != null || !instance.generation().equals(expected)) {
                return new Claim.Conflict("it is not withdrawn at generation " + expected);
            }
        }
        return take(id, expected, to, false);
    }

    @Override
    public Relocation relocate(
            InstanceId id, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        boolean refused;
        synchronized (this) {
            reach();
            require(leader);
            Instance instance = instances.get(id);
            if (to.equals(instance.home())
                    && instance.generation().equals(expected.next().next())) {
                return new Relocation.Relocated(instance.generation());
            }
            String changed = changed(instance, expected, from);
            if (changed != null) {
                return new Relocation.Conflict(changed);
            }
            FakeAgent agent = agents.get(from);
            if (!agent.power || agent.silent || agent.deaf) {
                return new Relocation.NotConfirmed("no connection to " + from);
            }
            agent.seen.put(id, expected.next());
            agent.running.remove(id);
            refused = !rows.get(to).enabled || rows.get(to).state != HostState.SERVING;
        }
        HostId home = refused ? from : to;
        change(
                id,
                i -> copy(
                        i, i.goal(), ActualState.UNKNOWN, home, expected.next().next(), null));
        return refused
                ? new Relocation.Kept(expected.next().next(), "host " + to + " takes no claims")
                : new Relocation.Relocated(expected.next().next());
    }

    @Override
    public Relocation follow(
            InstanceId id, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        HostState there;
        synchronized (this) {
            there = rows.get(to).state;
        }
        if (there != HostState.SERVING && there != HostState.FENCED) {
            return new Relocation.NotConfirmed("host " + to + ", where it may run, is " + there);
        }
        return isSeenAt(id, from, deadline)
                ? new Relocation.NotConfirmed("host " + from + " says that it runs there")
                : relocate(id, expected, from, to, leader, deadline);
    }

    @Override
    public synchronized boolean isSeenAt(InstanceId id, HostId host, Duration deadline) {
        FakeAgent agent = agents.get(host);
        return agent.power && !agent.silent && (agent.running.containsKey(id) || agent.brought.contains(id));
    }

    /** Somebody else moves an instance's guest to another host and tells nobody. */
    synchronized void moveByHand(InstanceId id, HostId from, HostId to) {
        agents.get(from).running.remove(id);
        agents.get(to).brought.add(id);
    }

    @Override
    public Relocation keep(InstanceId id, Generation expected, HostId home, LeaderEpoch leader) {
        synchronized (this) {
            reach();
            require(leader);
            String changed = changed(instances.get(id), expected, home);
            if (changed != null) {
                return new Relocation.Conflict(changed);
            }
        }
        change(
                id,
                i -> copy(
                        i, i.goal(), ActualState.UNKNOWN, home, expected.next().next(), null));
        return new Relocation.Kept(expected.next().next(), "");
    }

    private @Nullable String changed(Instance instance, Generation expected, HostId home) {
        if (instance.goal() != InstanceGoal.RUNNING) {
            return "its owner does not want it to run";
        }
        if (!instance.generation().equals(expected) || !home.equals(instance.home())) {
            return "generation is " + instance.generation();
        }
        return rows.get(home).state == HostState.SERVING ? null : home + " is " + rows.get(home).state;
    }

    /** Its agent takes no orders to let go of anything, and is well otherwise. */
    synchronized void deaf(HostId host, boolean deaf) {
        agents.get(host).deaf = deaf;
    }

    // ---- Instances

    @Override
    public synchronized List<Instance> list(@Nullable ProjectId project) {
        return List.copyOf(instances.values());
    }

    @Override
    public synchronized void addListener(InstanceListener listener) {
        listeners.add(listener);
    }

    @Override
    public Instance create(NewInstance wanted, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(InstanceId instance, Actor by) {
        ownerDeletes(instance);
    }

    @Override
    public void start(InstanceId instance, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void stop(InstanceId instance, Actor by) {
        ownerStops(instance);
    }

    @Override
    public void reboot(InstanceId instance, boolean gently, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void hold(InstanceId instance, Hold verb, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance rebuild(InstanceId instance, Rebuild wanted, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance resetState(InstanceId instance, boolean failed, Actor by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance changeParticulars(
            InstanceId instance, java.util.function.UnaryOperator<io.holdfast.compute.Particulars> how) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance rename(InstanceId instance, String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance changeTags(InstanceId instance, java.util.function.UnaryOperator<List<String>> how) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instance changeMetadata(InstanceId instance, java.util.function.UnaryOperator<Map<String, String>> how) {
        throw new UnsupportedOperationException();
    }

    // ---- helpers

    private void change(InstanceId id, java.util.function.UnaryOperator<Instance> how) {
        Instance before;
        Instance after;
        List<InstanceListener> told;
        synchronized (this) {
            before = instances.get(id);
            after = how.apply(before);
            instances.put(id, after);
            told = List.copyOf(listeners);
        }
        told.forEach(listener -> listener.changed(before, after));
    }

    private Instance copy(
            Instance i,
            InstanceGoal goal,
            ActualState actual,
            @Nullable HostId home,
            Generation generation,
            @Nullable String text) {
        Instant at = Instant.EPOCH.plusMillis(++clock);
        return new Instance(
                i.id(),
                i.name(),
                i.project(),
                i.user(),
                i.flavor(),
                i.resources(),
                i.image(),
                i.zone(),
                goal,
                actual,
                false,
                null,
                text,
                home,
                generation,
                i.epoch(),
                i.policy(),
                i.policySource(),
                i.tags(),
                i.metadata(),
                i.createdAt(),
                at,
                i.launchedAt());
    }

    private Resources used(HostId host) {
        int count = (int) instances.values().stream()
                .filter(i -> host.equals(i.home()) && i.goal() != InstanceGoal.DELETED)
                .count();
        return new Resources(count, count * 1024, count);
    }

    private ComputeHost view(HostId host) {
        return rows.get(host).view(host, used(host));
    }

    private void reach() {
        calls++;
        if (away || (calls >= failFrom && calls < failFrom + failTimes)) {
            throw new IllegalStateException("the database is away");
        }
    }

    private void require(LeaderEpoch leader) {
        if (leader.isOlderThan(newestLeader)) {
            throw new IllegalStateException("stale leader " + leader);
        }
    }
}
