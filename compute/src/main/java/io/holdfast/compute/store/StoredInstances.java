package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceListener;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Placer;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.model.Actor;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.store.Store;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An owner's verbs in the store.
 *
 * <p>What if we die here: an instance is stored before a home is looked for. One that has none yet and wants one says so
 * in its task, and is placed by the next round of {@link #placeHomeless()}.
 */
final class StoredInstances implements Instances {

    static final String SCHEDULING = "scheduling";
    static final String SPAWNING = "spawning";

    /** A deleted instance whose fenced home still has to remove its disk when it returns. */
    static final String DISK_REMOVAL = "removing-disk";

    private static final Logger log = LoggerFactory.getLogger(StoredInstances.class);

    /** A refused claim means a newer snapshot and another question; more rounds than this mean that something else is wrong. */
    private static final int PLACEMENT_ROUNDS = 8;

    private final Store store;
    private final Rows rows;
    private final Room room;
    private final Placer placer;
    private final InstanceChanges changes;
    private final Consumer<InstanceId> delivery;
    private final InstantSource clock;

    StoredInstances(
            Store store,
            Rows rows,
            Room room,
            Placer placer,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.room = room;
        this.placer = placer;
        this.changes = changes;
        this.delivery = delivery;
        this.clock = clock;
    }

    @Override
    public Instance create(NewInstance wanted, Actor by) {
        InstanceRow row = new InstanceRow();
        row.id = UUID.randomUUID();
        row.name = InstanceRules.name(wanted.name());
        row.project = wanted.project().value();
        row.userName = wanted.user();
        row.zone = wanted.zone();
        row.goal = InstanceGoal.RUNNING;
        row.actual = ActualState.BUILDING;
        row.task = SCHEDULING;
        row.createdAt = clock.instant();
        row.updatedAt = row.createdAt;
        row.tags.addAll(InstanceRules.tags(wanted.tags()));
        row.metadata.putAll(InstanceRules.metadata(wanted.metadata()));
        store.inTransactionDo(session -> {
            FlavorRow flavor = session.find(FlavorRow.class, wanted.flavor().value());
            ImageRow image = session.find(ImageRow.class, wanted.image().value());
            if (flavor == null) {
                throw new ComputeException(Kind.INVALID, "Flavor " + wanted.flavor() + " could not be found.");
            }
            if (image == null) {
                throw new ComputeException(Kind.INVALID, "Image " + wanted.image() + " could not be found.");
            }
            if (flavor.memoryMib < image.minMemoryMib || flavor.diskGib < image.minDiskGib) {
                throw new ComputeException(
                        Kind.INVALID,
                        "Flavor " + flavor.name + " is too small for image " + image.name + ", which needs "
                                + image.minMemoryMib + " MiB of memory and " + image.minDiskGib + " GiB of disk.");
            }
            row.flavorId = flavor.id;
            row.imageId = image.id;
            row.vcpus = flavor.vcpus;
            row.memoryMib = flavor.memoryMib;
            row.diskGib = flavor.diskGib;
            session.persist(row);
        });
        log.info("instance {} created by {} for project {}", row.id, by, row.project);
        place(row.instanceId(), wanted.host());
        return find(row.instanceId()).orElseThrow(() -> notFound(row.instanceId()));
    }

    /** Looks for homes for those that have none: after a crash in the middle of a create. */
    void placeHomeless() {
        List<InstanceId> homeless = store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance where host is null and task = :task and deletedAt is null", InstanceRow.class)
                .setParameter("task", SCHEDULING)
                .list()
                .stream()
                .map(InstanceRow::instanceId)
                .toList());
        homeless.forEach(id -> place(id, null));
    }

    private void place(InstanceId id, @Nullable HostId only) {
        for (int round = 0; round < PLACEMENT_ROUNDS; round++) {
            Instance instance = find(id).orElse(null);
            if (instance == null || instance.home() != null || instance.goal() != InstanceGoal.RUNNING) {
                return;
            }
            switch (placer.choose(id, instance.resources(), instance.zone(), only)) {
                case Placer.Choice.None none -> {
                    fail(id, "No valid host was found. " + describe(none.reasons()));
                    return;
                }
                case Placer.Choice.Home home -> {
                    Claim claim = takeFirstHome(id, home.host());
                    if (claim instanceof Claim.Granted) {
                        delivery.accept(id);
                        return;
                    }
                    log.info("instance {} was refused by {}: {}", id, home.host(), claim);
                }
            }
        }
        fail(id, "No valid host was found: " + PLACEMENT_ROUNDS + " hosts refused it one after another; try again.");
    }

    private static String describe(Map<HostId, String> reasons) {
        return reasons.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("; "));
    }

    private Claim takeFirstHome(InstanceId id, HostId host) {
        return transact(session -> {
            HostRow target = rows.lockHost(session, host);
            InstanceRow row = rows.lock(session, id);
            if (row == null || row.deletedAt != null || row.host != null || row.goal != InstanceGoal.RUNNING) {
                return new Result<>(new Claim.Conflict("it has a home already, or its owner wants none"), null);
            }
            Optional<String> refusal = room.refusal(target, row.resources());
            if (refusal.isPresent()) {
                return new Result<>(new Claim.HostRefused(host, refusal.get()), null);
            }
            target.take(row.resources());
            row.host = target.id;
            row.generation++;
            row.epoch = target.epoch;
            row.task = SPAWNING;
            row.fault = null;
            row.updatedAt = clock.instant();
            return new Result<>(new Claim.Granted(host, Generation.of(row.generation), HostEpoch.of(row.epoch)), row);
        });
    }

    private void fail(InstanceId id, String fault) {
        log.warn("instance {} has no home: {}", id, fault);
        transact(session -> {
            InstanceRow row = rows.lock(session, id);
            if (row == null || row.host != null || row.deletedAt != null) {
                return new Result<>(false, null);
            }
            row.actual = ActualState.FAILED;
            row.task = null;
            row.fault = fault;
            row.updatedAt = clock.instant();
            return new Result<>(true, row);
        });
    }

    @Override
    public List<Instance> list(@Nullable ProjectId project) {
        return store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance where deletedAt is null and (:project is null or project = :project)"
                                + " order by createdAt desc, id",
                        InstanceRow.class)
                .setParameter("project", project == null ? null : project.value())
                .list()
                .stream()
                .map(row -> rows.instance(session, row))
                .toList());
    }

    @Override
    public Optional<Instance> find(InstanceId instance) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(InstanceRow.class, instance.value()))
                .filter(row -> row.deletedAt == null)
                .map(row -> rows.instance(session, row)));
    }

    @Override
    public void delete(InstanceId instance, Actor by) {
        boolean atHome = transact(session -> {
            InstanceRow unlocked = Optional.ofNullable(session.find(InstanceRow.class, instance.value()))
                    .orElseThrow(() -> notFound(instance));
            HostRow home = unlocked.host == null
                    ? null
                    : rows.findLocked(session, HostId.of(unlocked.host)).orElse(null);
            InstanceRow row = rows.lockLiving(session, instance);
            session.refresh(row);
            if (home != null && !home.id.equals(row.host)) {
                throw new ComputeException(Kind.CONFLICT, "Instance " + instance + " is moving; try again.");
            }
            row.goal = InstanceGoal.DELETED;
            row.updatedAt = clock.instant();
            if (home == null || home.state == HostState.FENCED) {
                // A fenced host runs nothing, so nobody has to be asked; its disk goes when the host returns.
                row.actual = ActualState.DELETED;
                row.task = home == null ? null : DISK_REMOVAL;
                row.deletedAt = clock.instant();
                if (home != null) {
                    home.free(row.resources());
                }
                return new Result<>(false, row);
            }
            row.task = "deleting";
            return new Result<>(true, row);
        });
        log.info("instance {} deleted by {}", instance, by);
        if (atHome) {
            delivery.accept(instance);
        }
    }

    @Override
    public void start(InstanceId instance, Actor by) {
        boolean needsHome = transact(session -> {
            InstanceRow row = rows.lockLiving(session, instance);
            if (row.task != null || row.goal == InstanceGoal.DELETED) {
                throw busy(row, "start");
            }
            if (row.goal == InstanceGoal.RUNNING && row.actual == ActualState.RUNNING) {
                throw new ComputeException(
                        Kind.CONFLICT, "Cannot 'start' instance " + instance + " while it is in vm_state active");
            }
            row.goal = InstanceGoal.RUNNING;
            row.fault = null;
            row.task = row.host == null ? SCHEDULING : "powering-on";
            row.updatedAt = clock.instant();
            return new Result<>(row.host == null, row);
        });
        log.info("instance {} started by {}", instance, by);
        if (needsHome) {
            place(instance, null);
        } else {
            delivery.accept(instance);
        }
    }

    @Override
    public void stop(InstanceId instance, Actor by) {
        transact(session -> {
            InstanceRow row = rows.lockLiving(session, instance);
            if (row.task != null || row.goal == InstanceGoal.DELETED) {
                throw busy(row, "stop");
            }
            if (row.goal == InstanceGoal.STOPPED && row.actual == ActualState.STOPPED) {
                throw new ComputeException(
                        Kind.CONFLICT, "Cannot 'stop' instance " + instance + " while it is in vm_state stopped");
            }
            row.goal = InstanceGoal.STOPPED;
            row.task = row.host == null ? null : "powering-off";
            row.updatedAt = clock.instant();
            return new Result<>(true, row);
        });
        log.info("instance {} stopped by {}", instance, by);
        delivery.accept(instance);
    }

    private static ComputeException busy(InstanceRow row, String verb) {
        return new ComputeException(
                Kind.CONFLICT, "Cannot '" + verb + "' instance " + row.id + " while it is in task_state " + row.task);
    }

    @Override
    public Instance rename(InstanceId instance, String name) {
        String valid = InstanceRules.name(name);
        return edit(instance, row -> row.name = valid);
    }

    @Override
    public Instance setTags(InstanceId instance, List<String> tags) {
        List<String> valid = InstanceRules.tags(tags);
        return edit(instance, row -> {
            row.tags.retainAll(valid);
            row.tags.addAll(valid);
        });
    }

    @Override
    public Instance setMetadata(InstanceId instance, Map<String, String> metadata) {
        Map<String, String> valid = InstanceRules.metadata(metadata);
        return edit(instance, row -> {
            row.metadata.keySet().retainAll(valid.keySet());
            row.metadata.putAll(valid);
        });
    }

    private Instance edit(InstanceId instance, Consumer<InstanceRow> change) {
        transact(session -> {
            InstanceRow row = rows.lockLiving(session, instance);
            change.accept(row);
            row.updatedAt = clock.instant();
            return new Result<>(true, row);
        });
        return find(instance).orElseThrow(() -> notFound(instance));
    }

    @Override
    public void addListener(InstanceListener listener) {
        changes.add(listener);
    }

    /** Runs a change in one transaction and tells of the changed row, if there is one, after the commit. */
    private <T> T transact(java.util.function.Function<Session, Result<T>> work) {
        Committed<T> committed = store.inTransaction(session -> {
            Result<T> result = work.apply(session);
            InstanceRow row = result.changed;
            if (row == null) {
                return new Committed<>(result.value, null, 0, false);
            }
            session.flush();
            return new Committed<>(result.value, rows.instance(session, row), row.version, row.deletedAt != null);
        });
        if (committed.after != null) {
            changes.committed(committed.after, committed.version, committed.gone);
        }
        return committed.value;
    }

    private static ComputeException notFound(InstanceId instance) {
        return new ComputeException(Kind.NOT_FOUND, "Instance " + instance + " could not be found.");
    }

    private record Result<T>(T value, @Nullable InstanceRow changed) {}

    private record Committed<T>(T value, @Nullable Instance after, long version, boolean gone) {}
}
