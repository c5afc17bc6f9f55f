package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Placer;
import io.holdfast.compute.control.Gathered;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.store.Outbox;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives homes to instances that wait for one: new ones, and stopped ones that were started without a home.
 *
 * <p><b>Model.</b> Whoever waits stands in the store ({@link InstanceRow#looksForHome()}); this keeps nothing. A pass takes
 * all that wait, some hundreds at a time, makes one plan for them, and claims what was planned in one transaction, which
 * checks each claim again under the locks of its host and its instance. Whom a host refused is planned again with the next
 * snapshot, alone with the others that were refused.
 *
 * <p><b>Only while this controller leads</b>: the claims carry its epoch, and those of an older leader are refused as a whole. A
 * pass comes at once when somebody is known to wait ({@link #wake()}), and with each round of goal delivery for those of
 * whom this controller has not heard.
 *
 * <p><b>What if we die here:</b> before the commit nothing has happened, and the next leader's first pass finds the same
 * instances waiting; after it they have homes, and its first round of delivery tells those.
 *
 * <p>Lock order: hosts by name, instances by id, groups by id, as for every claim.
 */
final class Placing implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Placing.class);

    /** In one plan and one transaction: more would hold the rows of many hosts for too long, fewer read all hosts too often. */
    static final int BATCH = 500;

    /** A refused claim means a newer snapshot and another plan; more rounds than this mean that something else is wrong. */
    private static final int ROUNDS = 8;

    private final Store store;
    private final Rows rows;
    private final Room room;
    private final Placer placer;
    private final InstanceChanges changes;
    private final Consumer<Map<InstanceId, HostId>> delivery;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Duration waitsFor;
    private final InstantSource clock;

    /** One pass at a time. */
    private final ReentrantLock passing = new ReentrantLock();

    /** A look at everybody, or only at those who wait. */
    private final Gathered<Runnable> asked = new Gathered<>("placing", 1024, this::pass, none -> {});

    /**
     * @param delivery tells the homes of those that have got one
     * @param waitsFor how long one may wait that cannot be placed for a defect of ours, until it fails with that as its fault
     */
    Placing(
            Store store,
            Rows rows,
            Room room,
            Placer placer,
            InstanceChanges changes,
            Consumer<Map<InstanceId, HostId>> delivery,
            Supplier<Optional<LeaderEpoch>> leader,
            Duration waitsFor,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.room = room;
        this.placer = placer;
        this.changes = changes;
        this.delivery = delivery;
        this.leader = leader;
        this.waitsFor = waitsFor;
        this.clock = clock;
    }

    /** Somebody waits. Returns at once; after close it is the next leader's to find out. */
    void wake() {
        wake(() -> {});
    }

    /** The same, with something to be done before, in the thread that places. */
    void wake(Runnable before) {
        if (!asked.add(before)) {
            log.debug("woken after close");
        }
    }

    private void pass(List<Runnable> asked) {
        try {
            asked.forEach(Runnable::run);
            now();
        } catch (StaleLeaderException e) {
            log.info("those who wait for a home are left to the new leader: {}", e.getMessage());
        } catch (StoreException e) {
            log.warn("those who wait for a home wait for the store: {}", e.getMessage());
        }
    }

    /** Places all that wait now, in this thread. Does nothing while this controller does not lead. */
    void now() {
        passing.lock();
        try {
            Waiting last = null;
            List<Waiting> batch;
            do {
                LeaderEpoch epoch = leader.get().orElse(null);
                batch = epoch == null ? List.of() : waiting(last);
                if (epoch == null || batch.isEmpty()) {
                    return;
                }
                attempt(batch, epoch);
                last = batch.getLast();
            } while (batch.size() == BATCH);
        } finally {
            passing.unlock();
        }
    }

    /** The next ones after this one, the oldest first. */
    private List<Waiting> waiting(@Nullable Waiting after) {
        return store.inTransaction(session -> Jdbc.list(
                session,
                row -> new Waiting(
                        InstanceId.of(row.getObject("id", UUID.class)),
                        new Resources(row.getInt("vcpus"), row.getInt("memory_mib"), row.getInt("disk_gib")),
                        row.getString("zone"),
                        InstanceRow.onlyHost(row.getString("task")),
                        row.getObject("withdrawn_at") != null,
                        Jdbc.instant(row, "created_at"),
                        Jdbc.instant(row, "updated_at")),
                "select id, vcpus, memory_mib, disk_gib, zone, task, withdrawn_at, created_at, updated_at from instance"
                        + " where host is null and deleted_at is null and task like 'scheduling%'"
                        + " and (created_at, id) > (?, ?) order by created_at, id limit ?",
                after == null ? Instant.EPOCH : after.createdAt,
                after == null ? new UUID(0, 0) : after.id.value(),
                BATCH));
    }

    /** Our own defect with one instance must not keep the others from a home, nor it from an end. */
    private void attempt(List<Waiting> batch, LeaderEpoch epoch) {
        try {
            place(batch, epoch);
        } catch (StoreException e) {
            if (batch.size() == 1 || e.retryable() || e instanceof StaleLeaderException) {
                throw e;
            }
            // What the database refuses of one it refuses of that one alone.
            log.warn(
                    "{} instances were not placed together and are placed one by one: {}",
                    batch.size(),
                    e.getMessage());
            batch.forEach(one -> attempt(List.of(one), epoch));
        } catch (RuntimeException e) {
            if (batch.size() > 1) {
                log.error("{} instances were not placed together; they are placed one by one", batch.size(), e);
                batch.forEach(one -> attempt(List.of(one), epoch));
                return;
            }
            Waiting one = batch.getFirst();
            log.error("looking for a home for instance {} failed; the next pass tries again", one.id, e);
            if (clock.instant().isAfter(one.since.plus(waitsFor))) {
                fail(Map.of(
                        one.id,
                        "No home could be looked for since " + one.since + ", because of an error in the controller: "
                                + e));
            }
        }
    }

    private void place(List<Waiting> batch, LeaderEpoch epoch) {
        List<Waiting> open = batch;
        Map<InstanceId, String> refusals = new HashMap<>();
        for (int round = 0; round < ROUNDS && !open.isEmpty(); round++) {
            List<Placer.Choice> choices =
                    placer.chooseAll(open.stream().map(Waiting::search).toList());
            Map<InstanceId, HostId> homes = new LinkedHashMap<>();
            Map<InstanceId, String> homeless = new LinkedHashMap<>();
            for (int i = 0; i < open.size(); i++) {
                InstanceId id = open.get(i).id;
                switch (choices.get(i)) {
                    case Placer.Choice.Home home -> homes.put(id, home.host());
                    case Placer.Choice.None none -> homeless.put(id, "No valid host was found. " + none.reason());
                    case Placer.Choice.NotAdmitted not ->
                        homeless.put(id, "No valid host was found. It is not admitted: " + not.reason());
                }
            }
            fail(homeless);
            Claimed claimed = claim(homes, epoch);
            refusals.putAll(claimed.refused);
            claimed.refused.forEach(
                    (id, reason) -> log.info("instance {} was not placed on {}: {}", id, homes.get(id), reason));
            delivery.accept(claimed.granted);
            open = open.stream()
                    .filter(one -> claimed.refused.containsKey(one.id))
                    .toList();
        }
        fail(open.stream()
                .collect(Collectors.toMap(
                        one -> one.id,
                        one -> "No valid host was found. The chosen host refused it " + ROUNDS
                                + " times, the last one said " + refusals.get(one.id))));
    }

    private Claimed claim(Map<InstanceId, HostId> homes, LeaderEpoch epoch) {
        if (homes.isEmpty()) {
            return new Claimed(Map.of(), Map.of(), List.of());
        }
        Claimed claimed = store.inTransaction(session -> claim(session, homes, epoch));
        claimed.changes.forEach(changes::committed);
        return claimed;
    }

    private Claimed claim(Session session, Map<InstanceId, HostId> homes, LeaderEpoch epoch) {
        rows.requireLeaderOf(session, homes.values(), epoch);
        Map<String, HostRow> hosts = rows.lockHosts(session, homes.values());
        Map<UUID, InstanceRow> waiting = rows.lockAll(session, homes.keySet());
        GroupLimits.lockAll(session, waiting.values());
        Map<InstanceId, HostId> granted = new LinkedHashMap<>();
        Map<InstanceId, String> refused = new LinkedHashMap<>();
        List<Rows.Altered> altered = new ArrayList<>();
        homes.forEach((id, host) -> {
            InstanceRow row = waiting.get(id.value());
            if (row == null || !row.looksForHome()) {
                // It has a home already, or its owner wants none: nobody is left to be told.
                return;
            }
            HostRow target = hosts.get(host.value());
            // Read while nothing is written yet: what is read of all of them in one statement is forgotten with the
            // first
            // write.
            Instance found = rows.instance(session, row);
            // To its owner, one that gets its first home is new.
            Instance before = row.generation == 0 ? null : found;
            switch (take(session, row, host, target)) {
                case Claim.Granted _ -> {
                    granted.put(id, host);
                    altered.add(new Rows.Altered(before, row));
                }
                case Claim.HostRefused one -> refused.put(id, one.host() + ": " + one.reason());
                case Claim.Conflict one -> refused.put(id, one.reason());
            }
        });
        return new Claimed(granted, refused, rows.changes(session, altered));
    }

    private Claim take(Session session, InstanceRow row, HostId host, @Nullable HostRow target) {
        if (target == null) {
            return new Claim.HostRefused(host, "it is not known here");
        }
        Optional<String> refusal = room.refusal(target, row.resources())
                .or(() -> StoredStocks.refusal(session, row, target))
                .or(() -> StoredCells.refusal(session, row, target));
        if (refusal.isPresent()) {
            return new Claim.HostRefused(host, refusal.get());
        }
        Optional<String> parted = GroupLimits.refusal(session, row, target);
        if (parted.isPresent()) {
            return new Claim.Conflict(parted.get());
        }
        StoredCells.choose(session, row, target);
        target.take(row.resources());
        row.host = target.id;
        row.generation++;
        row.epoch = target.epoch;
        row.task = Instances.SPAWNING;
        row.fault = null;
        row.updatedAt = clock.instant();
        return new Claim.Granted(host, Generation.of(row.generation), HostEpoch.of(row.epoch));
    }

    private void fail(Map<InstanceId, String> faults) {
        if (faults.isEmpty()) {
            return;
        }
        faults.forEach((id, fault) -> log.warn("instance {} has no home: {}", id, fault));
        Collection<InstanceChanges.Change> failed = store.inTransaction(session -> {
            List<Rows.Altered> altered = new ArrayList<>();
            rows.lockAll(session, faults.keySet()).values().stream()
                    .filter(InstanceRow::looksForHome)
                    .forEach(row -> {
                        Instance found = rows.instance(session, row);
                        Instance before = row.generation == 0 ? null : found;
                        fail(session, row, String.valueOf(faults.get(row.instanceId())));
                        altered.add(new Rows.Altered(before, row));
                    });
            return rows.changes(session, altered);
        });
        failed.forEach(changes::committed);
    }

    private void fail(Session session, InstanceRow row, String fault) {
        row.task = null;
        row.fault = fault;
        row.updatedAt = clock.instant();
        if (row.goal == InstanceGoal.RUNNING && row.actual == ActualState.SUSPENDED) {
            // Its memory is kept, wherever it goes on one day: it is what it was before it was asked to.
            row.goal = InstanceGoal.SUSPENDED;
            Outbox.append(session, StoredHolds.notResumed(rows.instance(session, row), row.updatedAt));
        } else {
            row.actual = ActualState.FAILED;
        }
    }

    @Override
    public void close() {
        asked.close();
    }

    /**
     * @param createdAt and its id are its place in the order
     * @param since its row was last changed, which is when it began to wait or later
     */
    private record Waiting(
            InstanceId id,
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only,
            boolean recovering,
            Instant createdAt,
            Instant since) {

        Placer.Search search() {
            return new Placer.Search(id, wants, zone, only, recovering);
        }
    }

    /**
     * @param refused for what reason, and to be planned again
     * @param changes to be told
     */
    private record Claimed(
            Map<InstanceId, HostId> granted, Map<InstanceId, String> refused, List<InstanceChanges.Change> changes) {}
}
