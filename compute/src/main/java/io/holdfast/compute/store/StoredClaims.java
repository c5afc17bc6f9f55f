package io.holdfast.compute.store;

import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Claims in the store: where "never two copies" is kept by the database.
 *
 * <p>Invariants, all checked under the locks of both hosts and of the instance: the generation is the expected one; the
 * old home stands FENCED at the very epoch that the proof covers; the new home takes claims and has room. What if we
 * die here: before the commit nothing happened, after it the same call returns the same claim.
 */
final class StoredClaims implements Claims {

    private final Store store;
    private final Rows rows;
    private final Room room;
    private final InstanceChanges changes;
    private final Consumer<InstanceId> delivery;
    private final InstantSource clock;

    StoredClaims(
            Store store,
            Rows rows,
            Room room,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            InstantSource clock) {
        this.store = store;
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
            LeaderEpoch leader,
            List<Fact> facts) {
        AtomicReference<@Nullable Moved> moved = new AtomicReference<>();
        Claim claim = store.inTransaction(session -> {
            moved.set(null);
            return claim(session, instance, expected, to, proof, leader, facts, moved);
        });
        Moved done = moved.get();
        if (done != null) {
            changes.committed(done.instance, done.version, false);
        }
        return claim;
    }

    private Claim claim(
            Session session,
            InstanceId id,
            Generation expected,
            HostId to,
            FenceProof proof,
            LeaderEpoch leader,
            List<Fact> facts,
            AtomicReference<@Nullable Moved> moved) {
        TreeSet<HostId> both = new TreeSet<>(List.of(proof.host(), to));
        both.forEach(host -> rows.lockHost(session, host));
        HostRow from = rows.lockHost(session, proof.host());
        HostRow target = rows.lockHost(session, to);
        Store.requireLeaderEpoch(session, SegmentId.of(from.segment), leader);
        InstanceRow row = rows.lock(session, id);
        if (row == null || row.deletedAt != null || row.goal == InstanceGoal.DELETED) {
            return new Claim.Conflict("deleted by its owner");
        }
        if (to.value().equals(row.host) && row.generation == expected.next().value()) {
            return new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch));
        }
        if (row.generation != expected.value() || !from.id.equals(row.host)) {
            return new Claim.Conflict("its home is " + row.host + " at generation " + row.generation + ", not "
                    + from.id + " at " + expected);
        }
        if (from.state != HostState.FENCED || !proof.covers(from.hostId(), HostEpoch.of(from.epoch))) {
            return new Claim.Conflict("its home " + from.id + " is " + from.state + " at epoch " + from.epoch
                    + ", which no proof covers");
        }
        if (!target.segment.equals(from.segment)) {
            return new Claim.HostRefused(to, "it belongs to segment " + target.segment + ", which has other storage");
        }
        Optional<String> refusal = room.refusal(target, row.resources());
        if (refusal.isPresent()) {
            return new Claim.HostRefused(to, refusal.get());
        }
        from.free(row.resources());
        target.take(row.resources());
        row.host = target.id;
        row.generation = expected.next().value();
        row.epoch = target.epoch;
        row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
        row.fault = null;
        row.updatedAt = clock.instant();
        facts.forEach(fact -> Outbox.append(session, fact));
        session.flush();
        moved.set(new Moved(rows.instance(session, row), row.version));
        return new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch));
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
    public void deliver(InstanceId instance) {
        delivery.accept(instance);
    }

    private record Moved(Instance instance, long version) {}
}
