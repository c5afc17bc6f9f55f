package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.HoldRule;
import io.holdfast.compute.core.HomeReturn;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The hosts of the simulated database, and the product's verbs on them. */
final class HostTable implements Hosts {

    private final World world;
    private final Database database;
    private final Map<HostId, HostRow> hosts = new LinkedHashMap<>();

    HostTable(World world, Database database) {
        this.world = world;
        this.database = database;
    }

    Collection<HostRow> rows() {
        return hosts.values();
    }

    @Nullable
    HostRow known(HostId id) {
        return hosts.get(id);
    }

    HostRow row(HostId id) {
        HostRow row = hosts.get(id);
        if (row == null) {
            throw new ComputeException(Kind.NOT_FOUND, "no host " + id);
        }
        return row;
    }

    /** Introduces a host that has always been there, when the world begins. */
    void settle(HostId id, String bootId, Resources capacity) {
        HostRow row = new HostRow(id, new UUID(2, hosts.size()));
        row.bootId = bootId.isEmpty() ? null : bootId;
        row.capacity = capacity;
        row.incarnation = Incarnation.ZERO.value();
        hosts.put(id, row);
    }

    @Override
    public List<ComputeHost> list() {
        return hosts.values().stream().map(row -> row.toHost(database.now())).toList();
    }

    @Override
    public Map<HostId, HostSurroundings> surroundings() {
        return database.constraints().surroundings();
    }

    @Override
    public Optional<String> forcedDownBy(HostId host) {
        return Optional.empty();
    }

    @Override
    public Optional<ComputeHost> find(HostId host) {
        return Optional.ofNullable(hosts.get(host)).map(row -> row.toHost(database.now()));
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        database.require(leader, "an introduction");
        HostRow row = hosts.computeIfAbsent(introduction.host(), id -> new HostRow(id, new UUID(2, hosts.size())));
        if (row.epoch != expected.value()) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT,
                    "host " + introduction.host() + " is at epoch " + row.epoch + ", not " + expected);
        }
        boolean newBoot = !introduction.bootId().equals(row.bootId);
        if (row.state == HostState.FENCED && world.mutation().partsFromGroups()) {
            part(row);
        }
        if (newBoot || row.state == HostState.CONDEMNED || row.state == HostState.FENCED) {
            row.incarnation++;
            row.state = HostState.JOINING;
            row.bootId = introduction.bootId();
            world.checkers().hostChanged(row.toHost(database.now()), database.caller());
        }
        row.capacity = introduction.capacity();
        row.domains = introduction.domains();
        if (newBoot) {
            mark(
                    row,
                    one -> one.actual == ActualState.RUNNING || one.actual == ActualState.PAUSED,
                    one -> one.actual = ActualState.UNKNOWN);
        }
        return row.toHost(database.now());
    }

    /** Whoever must not go on at a home that was proven isolated, apart from its group, is taken off it. */
    private void part(HostRow home) {
        Map<InstanceRow, String> elsewhere = new LinkedHashMap<>();
        for (InstanceRow row : home.instances.values()) {
            if (!row.deleted && row.goal != InstanceGoal.DELETED) {
                Groups.elsewhere(row, home).ifPresent(group -> elsewhere.put(row, group));
            }
        }
        elsewhere.forEach((row, group) -> {
            Instance before = row.toInstance(database.now());
            HomeReturn next = HomeReturn.parted(
                    row.goal, row.policy, row.terms().onHostFailure() == InstanceGoal.STOPPED, home.id, group);
            home.free(row);
            row.withdraw(database.now());
            row.generation++;
            row.goal = next.goal();
            row.actual = next.actual();
            row.task = next.task();
            row.fault = next.fault();
            world.story().tell("database", row.name + " is taken off " + home.id + ": " + group);
            database.changed(before, row);
            world.subscribers().outbox(next.notice(row.toInstance(database.now()), home.id, database.now()));
        });
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        throw new IllegalStateException("an admission takes its time; it is asked for as a remote call");
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        database.require(leader, "a condemnation");
        HostRow row = row(host);
        if (row.epoch == expected.next().value()
                && (row.state == HostState.CONDEMNED || row.state == HostState.FENCED)) {
            return row.toHost(database.now());
        }
        if (row.epoch != expected.value()) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + host + " is at epoch " + row.epoch + ", not " + expected);
        }
        row.epoch++;
        row.state = HostState.CONDEMNED;
        world.story().tell("database", "host " + host + " is condemned (epoch " + row.epoch + ")");
        mark(
                row,
                one -> one.actual != ActualState.UNKNOWN && !HoldRule.isKept(one.goal, one.actual),
                one -> one.actual = ActualState.UNKNOWN);
        ComputeHost now = row.toHost(database.now());
        world.checkers().hostChanged(now, database.caller());
        return now;
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        database.require(leader, "a proof");
        HostRow row = row(proof.host());
        if (row.state == HostState.FENCED && row.epoch == proof.epoch().value()) {
            return row.toHost(database.now());
        }
        if (!proof.covers(proof.host(), HostEpoch.of(row.epoch)) || row.state != HostState.CONDEMNED) {
            throw new ComputeException(
                    Kind.CONFLICT, "host " + proof.host() + " is " + row.state + " at epoch " + row.epoch);
        }
        row.state = HostState.FENCED;
        world.story().tell("database", "host " + row.id + " is fenced (epoch " + row.epoch + ")");
        mark(row, one -> HoldRule.endsWithProof(one.goal, one.actual), one -> {
            one.task = HoldRule.endsWithItsHome(one.task) ? null : one.task;
            switch (one.goal) {
                case RUNNING -> one.actual = ActualState.STOPPED;
                case STOPPED, PAUSED, SUSPENDED -> {
                    one.goal = InstanceGoal.STOPPED;
                    one.actual = ActualState.STOPPED;
                    one.task = null;
                }
                case DELETED -> {
                    one.end();
                    one.task = "disk-removal";
                }
            }
        });
        ComputeHost now = row.toHost(database.now());
        world.checkers().hostChanged(now, database.caller());
        return now;
    }

    private void mark(HostRow row, Predicate<InstanceRow> which, Consumer<InstanceRow> what) {
        for (InstanceRow instance : List.copyOf(row.instances.values())) {
            if (which.test(instance)) {
                Instance before = instance.toInstance(database.now());
                what.accept(instance);
                database.changed(before, instance);
            }
        }
    }

    @Override
    public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        database.require(leader, "a pardon");
        HostRow row = row(host);
        if (row.state == HostState.FENCED) {
            throw new ComputeException(Kind.CONFLICT, "host " + host + " is proven isolated");
        }
        if (row.state == HostState.CONDEMNED) {
            row.state = HostState.JOINING;
            world.story().tell("database", "host " + host + " is pardoned");
        }
        ComputeHost now = row.toHost(database.now());
        world.checkers().hostChanged(now, database.caller());
        return now;
    }

    @Override
    public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
        row(host).forcedDown = forcedDown;
        return row(host).toHost(database.now());
    }

    @Override
    public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
        row(host).maintenance = by + ": " + reason;
        return ordered(row(host));
    }

    @Override
    public ComputeHost endMaintenance(HostId host, Actor by) {
        row(host).maintenance = null;
        return ordered(row(host));
    }

    @Override
    public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
        database.require(leader, "a quarantine");
        HostRow row = row(host);
        if (row.quarantine == null) {
            row.quarantine = reason;
            row.quarantinedAt = database.now();
            world.story().tell("database", "host " + host + " is in quarantine");
        }
        return ordered(row);
    }

    @Override
    public ComputeHost release(HostId host) {
        if (row(host).quarantine != null) {
            world.story().tell("database", "host " + host + " is out of quarantine");
        }
        row(host).quarantine = null;
        row(host).quarantinedAt = null;
        return ordered(row(host));
    }

    private ComputeHost ordered(HostRow row) {
        ComputeHost now = row.toHost(database.now());
        world.checkers().hostOrdered(now);
        return now;
    }

    @Override
    public ComputeHost enable(HostId host, Actor by) {
        row(host).enabled = true;
        return row(host).toHost(database.now());
    }

    @Override
    public ComputeHost disable(HostId host, Actor by, String reason) {
        row(host).enabled = false;
        return row(host).toHost(database.now());
    }
}
