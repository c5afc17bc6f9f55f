package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Rows.HostRow;
import io.holdfast.chaos.sim.Rows.InstanceRow;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Who may have which instance: homes that change after a proof, or after the old home gave it back. */
final class ClaimTable implements Claims, Withdrawals {

    private final World world;
    private final Database database;
    private final HostTable hosts;

    ClaimTable(World world, Database database, HostTable hosts) {
        this.world = world;
        this.database = database;
        this.hosts = hosts;
    }

    @Override
    public Claim evacuate(
            InstanceId id,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts) {
        database.require(leader, "a claim");
        HostRow from = hosts.row(proof.host());
        InstanceRow row = database.instanceRow(id);
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
        return move(row, to, expected, leaveStopped);
    }

    @Override
    public List<Instance> at(HostId host) {
        return hosts.row(host).instances.values().stream()
                .filter(row -> row.goal != InstanceGoal.DELETED)
                .map(row -> row.toInstance(database.now()))
                .toList();
    }

    @Override
    public Optional<Instance> find(InstanceId instance) {
        return database.instance(instance);
    }

    @Override
    public List<ServerGroup> groups() {
        return database.groups();
    }

    @Override
    public Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances) {
        return database.terms(instances);
    }

    @Override
    public Map<HostId, InstanceId> livesOf(ProjectId project) {
        return database.livesOf(project);
    }

    @Override
    public void deliver(InstanceId instance) {
        throw new IllegalStateException("delivery is the controller's");
    }

    @Override
    public Answer withdraw(
            InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
        throw new IllegalStateException("a withdrawal takes its time; it is asked for as a remote call");
    }

    @Override
    public Relocation relocate(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        throw new IllegalStateException("a relocation takes its time; it is asked for as a remote call");
    }

    @Override
    public Relocation follow(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        throw new IllegalStateException("nobody but us moves guests in this world");
    }

    @Override
    public boolean isSeenAt(InstanceId instance, HostId host, Duration deadline) {
        throw new IllegalStateException("nobody but us moves guests in this world");
    }

    @Override
    public Relocation keep(InstanceId instance, Generation expected, HostId home, LeaderEpoch leader) {
        return database.keep(instance, expected, home, leader);
    }

    @Override
    public Claim claim(InstanceId id, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
        database.require(leader, "a claim");
        InstanceRow row = database.instanceRow(id);
        if (row == null || row.deleted || row.goal == InstanceGoal.DELETED) {
            return new Claim.Conflict("deleted by its owner");
        }
        if (to.equals(row.homeId()) && row.generation == expected.next().value()) {
            return granted(row);
        }
        if (row.home != null || row.generation != expected.value() || "scheduling".equals(row.task)) {
            return new Claim.Conflict("its home is " + row.homeId() + " at generation " + row.generation);
        }
        return move(row, to, expected, false);
    }

    private Claim move(InstanceRow row, HostId to, Generation expected, boolean leaveStopped) {
        HostRow target = hosts.known(to);
        if (target == null) {
            return new Claim.HostRefused(to, "it is not known here");
        }
        Optional<String> refusal = database.refusal(target, row.resources);
        if (refusal.isPresent()) {
            return new Claim.HostRefused(to, refusal.get());
        }
        Optional<String> parted = Groups.refusal(row, target);
        if (parted.isPresent()) {
            return new Claim.Conflict(parted.get());
        }
        Instance before = row.toInstance(database.now());
        boolean onlyMoves = row.goal == InstanceGoal.RUNNING && leaveStopped;
        if (row.home != null) {
            row.home.free(row);
        }
        target.take(row);
        row.home = target;
        row.generation = expected.next().value();
        row.epoch = target.epoch;
        if (onlyMoves) {
            // It is wanted safe and not running: nobody is told to start it, and its proven end was its stop.
            row.goal = InstanceGoal.STOPPED;
            row.actual = ActualState.STOPPED;
        }
        row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
        row.fault = null;
        world.story().tell("database", row.name + " has its home on " + to + " (generation " + row.generation + ")");
        database.changed(before, row);
        return granted(row);
    }

    private static Claim granted(InstanceRow row) {
        return new Claim.Granted(
                Objects.requireNonNull(row.homeId()), Generation.of(row.generation), HostEpoch.of(row.epoch));
    }
}
