package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.control.Gathered;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.store.Outbox;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims in the store: where "never two copies" is kept by the database.
 *
 * <p>What many ask for at one moment shares transactions: whoever asks waits, and what has gathered while one batch was
 * written is the next. One that asks alone is served alone and at once.
 *
 * <p>Invariants, all checked under the locks of both hosts and of the instance: the generation is the expected one; the
 * old home stands FENCED at the very epoch that the proof covers; the new home takes claims and has room; the strict rule
 * of its server group allows it. What if we
 * die here: before the commit nothing happened, after it the same call returns the same claim.
 */
final class StoredClaims implements Claims, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StoredClaims.class);

    /** In one transaction: more would hold the rows of many hosts for too long. */
    private static final int BATCH = 200;

    private final Store store;
    private final StoredServerGroups groups;
    private final Rows rows;
    private final Room room;
    private final InstanceChanges changes;
    private final Consumer<InstanceId> delivery;
    private final Duration within;
    private final InstantSource clock;

    private final Gathered<Wanted> asked = new Gathered<>(
            "claims", BATCH, this::claim, left -> left.forEach(one -> one.answer.completeExceptionally(closed())));

    /** @param within how long a caller waits for its answer; whether it is granted is not known then, and it asks again */
    StoredClaims(
            Store store,
            StoredServerGroups groups,
            Rows rows,
            Room room,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            Duration within,
            InstantSource clock) {
        this.store = store;
        this.groups = groups;
        this.rows = rows;
        this.room = room;
        this.changes = changes;
        this.delivery = delivery;
        this.within = within;
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
        Wanted wanted =
                new Wanted(instance, expected, to, proof, leaveStopped, leader, facts, new CompletableFuture<>());
        if (!asked.add(wanted)) {
            throw closed();
        }
        return SharedWrite.await(wanted.answer, within, "the claim on instance " + instance);
    }

    private static StoreUnavailable closed() {
        return new StoreUnavailable("the controller is stopping; nothing was claimed", false, null);
    }

    /** In the worker's thread. Those of one leader together: what is refused of an older one is refused of that one. */
    private void claim(List<Wanted> all) {
        try {
            all.stream()
                    .collect(Collectors.groupingBy(Wanted::leader, LinkedHashMap::new, Collectors.toList()))
                    .forEach(this::attempt);
        } finally {
            // Whatever was thrown: nobody waits for ever.
            all.forEach(one -> one.answer.completeExceptionally(
                    new IllegalStateException("the claim on instance " + one.instance + " was not worked on")));
        }
    }

    /** What fails for one must not fail for the others, unless it fails for all. */
    private void attempt(LeaderEpoch leader, List<Wanted> all) {
        List<Result> results;
        try {
            results = store.inTransaction(session -> claim(session, all, leader));
        } catch (RuntimeException e) {
            boolean forAll =
                    e instanceof StaleLeaderException || (e instanceof StoreException store && store.retryable());
            if (all.size() == 1 || forAll) {
                all.forEach(one -> one.answer.completeExceptionally(e));
            } else {
                log.info("{} claims were not made together and are made one by one: {}", all.size(), e.getMessage());
                all.forEach(one -> attempt(leader, List.of(one)));
            }
            return;
        }
        for (int i = 0; i < all.size(); i++) {
            Result result = results.get(i);
            if (result.change != null) {
                changes.committed(result.change);
            }
            all.get(i).answer.complete(result.claim);
        }
    }

    private List<Result> claim(Session session, List<Wanted> all, LeaderEpoch leader) {
        List<HostId> froms = all.stream().map(one -> one.proof.host()).toList();
        rows.requireLeaderOf(session, froms, leader);
        // By name, so that two evacuations in opposite directions wait for each other instead of deadlocking.
        Map<String, HostRow> hosts = rows.lockHosts(
                session,
                Stream.concat(froms.stream(), all.stream().map(Wanted::to)).toList());
        Map<UUID, InstanceRow> instances =
                rows.lockAll(session, all.stream().map(Wanted::instance).toList());
        GroupLimits.lockAll(session, instances.values());
        // While nothing is written yet: what is read of all of them in one statement is forgotten with the first write.
        Map<UUID, Instance> before = new HashMap<>();
        instances.forEach((id, row) -> before.put(id, rows.instance(session, row)));
        List<Rows.Altered> altered = new ArrayList<>();
        List<Claim> claims = new ArrayList<>();
        List<Integer> changed = new ArrayList<>();
        for (Wanted one : all) {
            InstanceRow row = instances.get(one.instance.value());
            long was = row == null ? 0 : row.generation;
            claims.add(claim(session, one, row, hosts));
            // One that is granted again has changed nothing.
            if (row == null || row.generation == was) {
                changed.add(-1);
            } else {
                changed.add(altered.size());
                altered.add(new Rows.Altered(before.get(row.id), row));
                one.facts.forEach(fact -> Outbox.append(session, fact));
            }
        }
        List<InstanceChanges.Change> told = rows.changes(session, altered);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < claims.size(); i++) {
            int at = changed.get(i);
            results.add(new Result(claims.get(i), at < 0 ? null : told.get(at)));
        }
        return results;
    }

    private Claim claim(Session session, Wanted wanted, @Nullable InstanceRow row, Map<String, HostRow> hosts) {
        Generation expected = wanted.expected;
        HostId to = wanted.to;
        HostRow from = hosts.get(wanted.proof.host().value());
        if (from == null) {
            throw Rows.unknown(wanted.proof.host());
        }
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
        if (from.state != HostState.FENCED || !wanted.proof.covers(from.hostId(), HostEpoch.of(from.epoch))) {
            return new Claim.Conflict("its home " + from.id + " is " + from.state + " at epoch " + from.epoch
                    + ", which no proof covers");
        }
        HostRow target = hosts.get(to.value());
        if (target == null) {
            return new Claim.HostRefused(to, "it is not known here");
        }
        if (!target.segment.equals(from.segment)) {
            return new Claim.HostRefused(to, "it belongs to segment " + target.segment + ", which has other storage");
        }
        Optional<String> refusal = room.refusal(target, row.resources())
                .or(() -> StoredStocks.refusal(session, row, target))
                .or(() -> StoredCells.refusal(session, row, target));
        if (refusal.isPresent()) {
            return new Claim.HostRefused(to, refusal.get());
        }
        Optional<String> parted = GroupLimits.refusal(session, row, target);
        if (parted.isPresent()) {
            return new Claim.Conflict(parted.get());
        }
        StoredCells.choose(session, row, target);
        from.free(row.resources());
        target.take(row.resources());
        row.host = target.id;
        row.generation = expected.next().value();
        row.epoch = target.epoch;
        if (row.goal == InstanceGoal.RUNNING && wanted.leaveStopped) {
            // It is wanted safe and not running: nobody is told to start it, and its proven end was its stop.
            row.goal = InstanceGoal.STOPPED;
            row.actual = ActualState.STOPPED;
        }
        row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
        row.fault = null;
        row.updatedAt = clock.instant();
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
    public List<ServerGroup> groups() {
        return groups.list(null);
    }

    @Override
    public Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances) {
        return instances.isEmpty() ? Map.of() : store.inTransaction(session -> StoredTerms.of(session, instances));
    }

    @Override
    public Map<HostId, InstanceId> livesOf(ProjectId project) {
        return store.inTransaction(session -> StoredTerms.livesOf(session, project));
    }

    @Override
    public void deliver(InstanceId instance) {
        delivery.accept(instance);
    }

    /** Those that nobody has begun to work on are asked for again by the next leader. */
    @Override
    public void close() {
        asked.close();
    }

    /** What somebody waits for. */
    private record Wanted(
            InstanceId instance,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts,
            CompletableFuture<Claim> answer) {}

    /** @param change null when nothing was changed, also for a claim that is granted again */
    private record Result(Claim claim, InstanceChanges.@Nullable Change change) {}
}
