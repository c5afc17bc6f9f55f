package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Claims in the store: where "never two copies" is kept by the database.
 *
 * <p>Invariants, all checked under the locks of both hosts and of the instance: the generation is the expected one; the
 * old home stands FENCED at the very epoch that the proof covers; the new home takes claims and has room; the strict rule
 * of its server group allows it. What if we
 * die here: before the commit nothing happened, after it the same call returns the same claim.
 */
final class StoredClaims implements Claims {

    private final Store store;
    private final StoredServerGroups groups;
    private final Rows rows;
    private final Room room;
    private final InstanceChanges changes;
    private final Consumer<InstanceId> delivery;
    private final InstantSource clock;

    StoredClaims(
            Store store,
            StoredServerGroups groups,
            Rows rows,
            Room room,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            InstantSource clock) {
        this.store = store;
        this.groups = groups;
        this.rows = rows;
        this.room = room;
        this.changes = changes;
        this.delivery = delivery;
        this.clock = clock;
    }

    @Override
    public Claim evacuate(
            InstanceId instance,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts) {
        Result result = store.inTransaction(
                session -> claim(session, instance, expected, to, proof, leaveStopped, leader, facts));
        if (result.change != null) {
            changes.committed(result.change);
        }
        return result.claim;
    }

    private Result claim(
            Session session,
            InstanceId id,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts) {
        rows.requireLeader(session, proof.host(), leader);
        // By name, so that two evacuations in opposite directions wait for each other instead of deadlocking.
        new TreeSet<>(List.of(proof.host(), to)).forEach(host -> rows.findLocked(session, host));
        HostRow from = rows.lockHost(session, proof.host());
        Optional<HostRow> found = rows.findLocked(session, to);
        InstanceRow row = rows.lock(session, id);
        if (row == null || row.deletedAt != null || row.goal == InstanceGoal.DELETED) {
            return refused(new Claim.Conflict("deleted by its owner"));
        }
        if (to.value().equals(row.host) && row.generation == expected.next().value()) {
            return refused(new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch)));
        }
        if (row.generation != expected.value() || !from.id.equals(row.host)) {
            return refused(new Claim.Conflict("its home is " + row.host + " at generation " + row.generation + ", not "
                    + from.id + " at " + expected));
        }
        if (from.state != HostState.FENCED || !proof.covers(from.hostId(), HostEpoch.of(from.epoch))) {
            return refused(new Claim.Conflict("its home " + from.id + " is " + from.state + " at epoch " + from.epoch
                    + ", which no proof covers"));
        }
        if (found.isEmpty()) {
            return refused(new Claim.HostRefused(to, "it is not known here"));
        }
        HostRow target = found.get();
        if (!target.segment.equals(from.segment)) {
            return refused(
                    new Claim.HostRefused(to, "it belongs to segment " + target.segment + ", which has other storage"));
        }
        Optional<String> refusal = room.refusal(target, row.resources());
        if (refusal.isPresent()) {
            return refused(new Claim.HostRefused(to, refusal.get()));
        }
        Optional<String> parted = GroupLimits.refusal(session, row, target);
        if (parted.isPresent()) {
            return refused(new Claim.Conflict(parted.get()));
        }
        Instance before = rows.instance(session, row);
        from.free(row.resources());
        target.take(row.resources());
        row.host = target.id;
        row.generation = expected.next().value();
        row.epoch = target.epoch;
        if (row.goal == InstanceGoal.RUNNING && leaveStopped) {
            // It is wanted safe and not running: nobody is told to start it, and its proven end was its stop.
            row.goal = InstanceGoal.STOPPED;
            row.actual = ActualState.STOPPED;
        }
        row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
        row.fault = null;
        row.updatedAt = clock.instant();
        facts.forEach(fact -> Outbox.append(session, fact));
        return new Result(
                new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch)),
                rows.change(session, before, row));
    }

    private static Result refused(Claim claim) {
        return new Result(claim, null);
    }

    @Override
    public List<Instance> at(HostId host) {
        return store.inTransaction(session -> rows.at(session, host).stream()
                .filter(row -> row.goal != InstanceGoal.DELETED)
                .map(row -> rows.instance(session, row))
                .toList());
    }

    @Override
    public Optional<Instance> find(InstanceId instance) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(InstanceRow.class, instance.value()))
                .map(row -> rows.instance(session, row)));
    }

    @Override
    public List<ServerGroup> groups() {
        return groups.list(null);
    }

    @Override
    public Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances) {
        return instances.isEmpty() ? Map.of() : store.inTransaction(session -> StoredTerms.of(session, instances));
    }

    @Override
    public void deliver(InstanceId instance) {
        delivery.accept(instance);
    }

    /** @param change null when nothing was changed, also for a claim that is granted again */
    private record Result(Claim claim, InstanceChanges.@Nullable Change change) {}
}
