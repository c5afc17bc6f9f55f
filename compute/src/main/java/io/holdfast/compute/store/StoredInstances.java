package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceListener;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.Placer;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.DependencyRule;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
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

    /** Followed by a space and a host when only that one may be its home, so that a crash does not forget it. */
    static final String SCHEDULING = "scheduling";

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
    private final Duration withdrawnFor;
    private final ComputeSettings.ConfigDrive drives;
    private final Duration callAfter;
    private final InstantSource clock;

    StoredInstances(
            Store store,
            Rows rows,
            Room room,
            Placer placer,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            Duration withdrawnFor,
            ComputeSettings.ConfigDrive drives,
            Duration callAfter,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.room = room;
        this.placer = placer;
        this.changes = changes;
        this.delivery = delivery;
        this.withdrawnFor = withdrawnFor;
        this.drives = drives;
        this.callAfter = callAfter;
        this.clock = clock;
    }

    @Override
    public Instance create(NewInstance wanted, Actor by) {
        InstanceRow row = new InstanceRow();
        row.id = UUID.randomUUID();
        row.name = InstanceRules.name(wanted.name());
        row.project = wanted.project().value();
        row.userName = wanted.user();
        row.zone = wanted.zone() == null ? null : InstanceRules.text(wanted.zone(), "zone");
        row.goal = InstanceGoal.RUNNING;
        row.actual = ActualState.BUILDING;
        row.task = wanted.host() == null ? SCHEDULING : SCHEDULING + " " + wanted.host();
        row.createdAt = clock.instant();
        row.updatedAt = row.createdAt;
        row.tags.addAll(InstanceRules.tags(wanted.tags()));
        row.metadata.putAll(InstanceRules.metadata(wanted.metadata()));
        row.write(InstanceRules.particulars(wanted.particulars()));
        store.inTransactionDo(session -> {
            // Locked against deletion until the instance that uses them is there to be seen.
            FlavorRow flavor = session.find(FlavorRow.class, wanted.flavor().value(), LockModeType.PESSIMISTIC_READ);
            if (flavor == null) {
                throw new ComputeException(Kind.INVALID, "Flavor " + wanted.flavor() + " could not be found.");
            }
            ImageRow image = StoredRebuilds.usable(session, wanted.image(), wanted.project(), row.createdAt);
            StoredRebuilds.requireFits(image, "Flavor " + flavor.name, flavor.memoryMib, flavor.diskGib);
            row.flavorId = flavor.id;
            row.imageId = image.id;
            row.vcpus = flavor.vcpus;
            row.memoryMib = flavor.memoryMib;
            row.diskGib = flavor.diskGib;
            row.serverGroup = group(session, wanted);
            checkDependencies(session, row, "");
            StoredQuotas.requireRoom(session, wanted.project(), row.resources());
            StoredQuotas.requireMetadataRoom(session, wanted.project(), row.metadata.size());
            if (row.serverGroup != null) {
                StoredQuotas.requireMemberRoom(session, wanted.project(), row.serverGroup);
            }
            rows.takeNetworks(session, row, wanted.networks());
            row.configDrive = drives.isMade(row.configDrive, row.keyName != null, wanted.userData() != null);
            session.persist(row);
            ActionLog.began(session, row, "create", row.createdAt);
            GuestReading.keepKey(session, row);
            GuestReading.keepUserData(session, row, wanted.userData());
        });
        log.info("instance {} created by {} for project {}", row.id, by, row.project);
        place(row.instanceId());
        return find(row.instanceId()).orElseThrow(() -> notFound(row.instanceId()));
    }

    private static @Nullable UUID group(Session session, NewInstance wanted) {
        ServerGroupId group = wanted.group();
        if (group == null) {
            return null;
        }
        ServerGroupRow row = session.find(ServerGroupRow.class, group.value(), LockModeType.PESSIMISTIC_READ);
        if (row == null
                || row.deletedAt != null
                || !row.project.equals(wanted.project().value())) {
            throw new ComputeException(Kind.INVALID, "Instance group " + group + " could not be found.");
        }
        return row.id;
    }

    /**
     * Refuses what nobody could wait for. Only a word that is new is looked at: an instance that was depended on may be
     * deleted later, and its owner must still be able to write other metadata.
     */
    private static void checkDependencies(Session session, InstanceRow row, String before) {
        String words = row.metadata.getOrDefault(TermsRule.DEPENDS_ON, "");
        if (words.isBlank() || words.equals(before)) {
            return;
        }
        List<DependencyRule.Known> project = session
                .createSelectionQuery(
                        "select i.id, i.name, value(m) from Instance i left join i.metadata m on key(m) = :key"
                                + " where i.project = :project and i.deletedAt is null",
                        Object[].class)
                .setParameter("key", TermsRule.DEPENDS_ON)
                .setParameter("project", row.project)
                .list()
                .stream()
                .map(line -> new DependencyRule.Known(
                        InstanceId.of((UUID) line[0]), (String) line[1], dependsOn((String) line[2])))
                .toList();
        DependencyRule.check(new DependencyRule.Known(row.instanceId(), row.name, dependsOn(words)), project);
    }

    private static List<String> dependsOn(@Nullable String words) {
        return words == null
                ? List.of()
                : TermsRule.read(Map.of(TermsRule.DEPENDS_ON, words)).dependsOn();
    }

    /** Looks for homes for those that have none: after a crash in the middle of a create. */
    void placeHomeless() {
        List<InstanceId> homeless = store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance where host is null and task like :task and deletedAt is null order by"
                                + " createdAt, id",
                        InstanceRow.class)
                .setParameter("task", SCHEDULING + "%")
                .list()
                .stream()
                .map(InstanceRow::instanceId)
                .toList());
        for (InstanceId id : homeless) {
            attempt(id, () -> place(id));
        }
        for (InstanceId id : forgotten()) {
            attempt(id, () -> placeForgotten(id));
        }
    }

    /**
     * Instances that were taken from a home for a case which then followed them no further: it was closed, or its word was
     * taken back. They run nowhere, so whoever finds room for them may take them; a case that still looks for room finds out
     * from the claim that it came too late.
     */
    private List<InstanceId> forgotten() {
        return store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance where host is null and task = :task and deletedAt is null"
                                + " and coalesce(withdrawnAt, updatedAt) < :before order by createdAt, id",
                        InstanceRow.class)
                .setParameter("task", Withdrawals.WITHDRAWN)
                .setParameter("before", clock.instant().minus(withdrawnFor))
                .list()
                .stream()
                .map(InstanceRow::instanceId)
                .toList());
    }

    /** Only with room at hand: one for which there is none may be waiting in an open case, and is not to be failed under it. */
    private void placeForgotten(InstanceId id) {
        InstanceRow found = store.inTransaction(session -> session.find(InstanceRow.class, id.value()));
        if (found == null || !found.withdrawn()) {
            return;
        }
        boolean wanted = found.goal == InstanceGoal.RUNNING;
        if (wanted
                && placer.choose(id, found.resources(), found.zone, null)
                        instanceof Placer.Choice.None(Map<HostId, String> reasons)) {
            callForRoom(id, describe(reasons));
            return;
        }
        boolean ours = transact(session -> {
            InstanceRow row = rows.lock(session, id);
            if (row == null || !row.withdrawn() || (row.goal == InstanceGoal.RUNNING) != wanted) {
                return unchanged(false);
            }
            Instance before = rows.instance(session, row);
            // Stopped by its owner meanwhile: no case wants it any more, and it has no home until it is started.
            row.task = wanted ? SCHEDULING : null;
            row.updatedAt = clock.instant();
            return new Result<>(wanted, rows.change(session, before, row));
        });
        if (ours) {
            log.info("instance {} was withdrawn from its home and forgotten; it is placed anew", id);
            place(id);
        }
    }

    /** Tells a human, once for each withdrawal and in the transaction that records it; it goes on being looked after. */
    private void callForRoom(InstanceId id, String reasons) {
        boolean called = transact(session -> {
            InstanceRow row = rows.lock(session, id);
            Instant now = clock.instant();
            if (row == null
                    || !row.withdrawn()
                    || row.goal != InstanceGoal.RUNNING
                    || row.calledAt != null
                    || now.isBefore(row.withdrawnSince().plus(callAfter))) {
                return unchanged(false);
            }
            Instance before = rows.instance(session, row);
            row.calledAt = now;
            row.fault = "It was withdrawn from its home at " + row.withdrawnSince()
                    + " and no host has room for it; it is started as soon as one has. " + reasons;
            row.updatedAt = now;
            Map<String, Object> data = Map.of(
                    "instanceId",
                    row.id.toString(),
                    "name",
                    row.name,
                    "policy",
                    before.policy().name(),
                    "reason",
                    row.fault);
            Outbox.append(
                    session,
                    new Fact(
                            UUID.randomUUID(),
                            "instance.needs-operator",
                            "instance/" + row.id,
                            before.project(),
                            now,
                            data));
            return new Result<>(true, rows.change(session, before, row));
        });
        if (called) {
            log.warn("instance {} was withdrawn from its home and has no other; told: {}", id, reasons);
        }
    }

    private void attempt(InstanceId id, Runnable placing) {
        try {
            placing.run();
        } catch (StoreException e) {
            throw e;
        } catch (RuntimeException e) {
            // Our own defect with one instance must not keep the others from a home.
            log.error("looking for a home for instance {} failed; the next round tries again", id, e);
        }
    }

    /** Two may look for the same instance at a time, a create and a round: the row's lock lets one of them have it. */
    private void place(InstanceId id) {
        String last = "";
        for (int round = 0; round < PLACEMENT_ROUNDS; round++) {
            Search search = store.inTransaction(session -> search(session, id)).orElse(null);
            if (search == null) {
                return;
            }
            switch (placer.choose(id, search.wants, search.zone, search.only)) {
                case Placer.Choice.None none -> {
                    fail(id, "No valid host was found. " + describe(none.reasons()));
                    return;
                }
                case Placer.Choice.Home home -> {
                    switch (takeFirstHome(id, home.host())) {
                        case Claim.Granted granted -> {
                            delivery.accept(id);
                            return;
                        }
                        case Claim.HostRefused refused -> last = refused.host() + ": " + refused.reason();
                        case Claim.Conflict conflict -> last = conflict.reason();
                    }
                    log.info("instance {} was not placed on {}: {}", id, home.host(), last);
                }
            }
        }
        fail(
                id,
                "No valid host was found. The chosen host refused it " + PLACEMENT_ROUNDS + " times, the last one said "
                        + last);
    }

    private static Optional<Search> search(Session session, InstanceId id) {
        return Optional.ofNullable(session.find(InstanceRow.class, id.value()))
                .filter(InstanceRow::looksForHome)
                .map(row -> new Search(row.resources(), row.zone, row.onlyHost()));
    }

    private static String describe(Map<HostId, String> reasons) {
        return reasons.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("; "));
    }

    private Claim takeFirstHome(InstanceId id, HostId host) {
        return this.<Claim>transact(session -> {
            HostRow target = rows.findLocked(session, host).orElse(null);
            InstanceRow row = rows.lock(session, id);
            if (row == null || !row.looksForHome()) {
                return unchanged(new Claim.Conflict("it has a home already, or its owner wants none"));
            }
            if (target == null) {
                return unchanged(new Claim.HostRefused(host, "it is not known here"));
            }
            Optional<String> refusal = room.refusal(target, row.resources());
            if (refusal.isPresent()) {
                return unchanged(new Claim.HostRefused(host, refusal.get()));
            }
            Optional<String> parted = GroupLimits.refusal(session, row, target);
            if (parted.isPresent()) {
                return unchanged(new Claim.Conflict(parted.get()));
            }
            // To its owner, one that gets its first home is new.
            Instance before = row.generation == 0 ? null : rows.instance(session, row);
            target.take(row.resources());
            row.host = target.id;
            row.generation++;
            row.epoch = target.epoch;
            row.task = SPAWNING;
            row.fault = null;
            row.updatedAt = clock.instant();
            return new Result<>(
                    new Claim.Granted(host, Generation.of(row.generation), HostEpoch.of(row.epoch)),
                    rows.change(session, before, row));
        });
    }

    private void fail(InstanceId id, String fault) {
        log.warn("instance {} has no home: {}", id, fault);
        transact(session -> {
            InstanceRow row = rows.lock(session, id);
            if (row == null || !row.looksForHome()) {
                return unchanged(false);
            }
            Instance before = row.generation == 0 ? null : rows.instance(session, row);
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
            return new Result<>(true, rows.change(session, before, row));
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
    public List<Instance> deleted(@Nullable ProjectId project, Instant since) {
        return store.inTransaction(session -> session
                .createSelectionQuery(
                        "from Instance where deletedAt >= :oldest and updatedAt >= :since"
                                + " and (:project is null or project = :project)",
                        InstanceRow.class)
                .setParameter("oldest", clock.instant().minus(DELETED_SHOWN))
                .setParameter("since", since)
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
    public GuestState guest(InstanceId instance) {
        return store.inTransaction(session -> StoredGuests.of(session, instance));
    }

    @Override
    public void delete(InstanceId instance, Actor by) {
        boolean atHome = transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            Instance before = rows.instance(session, row);
            row.goal = InstanceGoal.DELETED;
            row.updatedAt = clock.instant();
            if (home == null || home.state == HostState.FENCED) {
                // A fenced host runs nothing, so nobody has to be asked; its disk goes when the host returns.
                row.end(home, clock.instant());
                return new Result<>(false, rows.change(session, before, row));
            }
            row.task = "deleting";
            return new Result<>(true, rows.change(session, before, row));
        });
        log.info("instance {} deleted by {}", instance, by);
        if (atHome) {
            delivery.accept(instance);
        }
    }

    /**
     * The host is locked before the instance. Its name alone is read first: a row read before it is locked may be old, and
     * Hibernate would keep it.
     */
    private @Nullable HostRow lockHome(Session session, InstanceId instance) {
        String host = session.createSelectionQuery("select host from Instance where id = :id", String.class)
                .setParameter("id", instance.value())
                .uniqueResult();
        return host == null ? null : rows.findLocked(session, HostId.of(host)).orElse(null);
    }

    private static void requireAtHome(InstanceRow row, @Nullable HostRow home) {
        if (!Objects.equals(home == null ? null : home.id, row.host)) {
            throw new ComputeException(Kind.CONFLICT, "Instance " + row.id + " is moving; try again.");
        }
    }

    @Override
    public void start(InstanceId instance, Actor by) {
        boolean needsHome = transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            StoredHolds.refuseHeld("start", row);
            // Withdrawn and stopped: no case wants it, and whoever withdrew it finds out from its own claim.
            boolean free = row.task == null || (row.withdrawn() && row.goal == InstanceGoal.STOPPED);
            if (!free || row.goal == InstanceGoal.DELETED) {
                throw busy(row, "start");
            }
            if (row.goal == InstanceGoal.RUNNING && row.actual == ActualState.RUNNING) {
                throw new ComputeException(
                        Kind.CONFLICT, "Cannot 'start' instance " + instance + " while it is in vm_state active");
            }
            if (home != null && home.state != HostState.FENCED) {
                StoredHolds.requireGroup(session, "start", row, home);
            }
            Instance before = rows.instance(session, row);
            changeGoal(row, home, InstanceGoal.RUNNING);
            row.fault = null;
            if (home != null && home.state == HostState.FENCED) {
                // Its home is proven isolated and its case leaves what is stopped alone: nobody else would move it.
                home.free(row.resources());
                row.host = null;
            }
            row.task = row.host == null ? SCHEDULING : POWERING_ON;
            row.updatedAt = clock.instant();
            if (row.host == null) {
                ActionLog.began(session, row, "start", row.updatedAt);
            }
            return new Result<>(row.host == null, rows.change(session, before, row));
        });
        log.info("instance {} started by {}", instance, by);
        if (needsHome) {
            place(instance);
        } else {
            delivery.accept(instance);
        }
    }

    @Override
    public void stop(InstanceId instance, Actor by) {
        transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            StoredHolds.refuseHeld("stop", row);
            if ((row.task != null && !row.withdrawn()) || row.goal == InstanceGoal.DELETED) {
                throw busy(row, "stop");
            }
            if (row.goal == InstanceGoal.STOPPED && row.actual == ActualState.STOPPED) {
                throw new ComputeException(
                        Kind.CONFLICT, "Cannot 'stop' instance " + instance + " while it is in vm_state stopped");
            }
            Instance before = rows.instance(session, row);
            changeGoal(row, home, InstanceGoal.STOPPED);
            if (row.host == null) {
                // Nobody has to be asked: without a home it runs nowhere.
                row.actual = ActualState.STOPPED;
                row.fault = null;
                row.task = null;
            } else {
                row.task = "powering-off";
            }
            row.updatedAt = clock.instant();
            return new Result<>(true, rows.change(session, before, row));
        });
        log.info("instance {} stopped by {}", instance, by);
        delivery.accept(instance);
    }

    @Override
    public void reboot(InstanceId instance, boolean gently, Actor by) {
        transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            Instance before = rows.instance(session, row);
            StoredHolds.reboot(session, row, home, gently, clock.instant());
            if (!gently) {
                // So a drive that was lost comes back, and one whose owner changed the metadata is as they are.
                GuestReading.driveIsDue(session, row);
            }
            return new Result<>(true, rows.change(session, before, row));
        });
        log.info("instance {} rebooted by {}", instance, by);
        delivery.accept(instance);
    }

    @Override
    public void hold(InstanceId instance, Hold verb, Actor by) {
        boolean needsHome = transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            Instance before = rows.instance(session, row);
            StoredHolds.hold(session, row, home, verb, clock.instant());
            return new Result<>(row.host == null, rows.change(session, before, row));
        });
        log.info("instance {} {} asked for by {}", instance, verb.word(), by);
        if (needsHome) {
            place(instance);
        } else {
            delivery.accept(instance);
        }
    }

    @Override
    public Instance rebuild(InstanceId instance, Rebuild wanted, Actor by) {
        transact(session -> {
            HostRow home = lockHome(session, instance);
            InstanceRow row = rows.lockLiving(session, instance);
            requireAtHome(row, home);
            Instance before = rows.instance(session, row);
            String dependencies = row.metadata.getOrDefault(TermsRule.DEPENDS_ON, "");
            StoredRebuilds.rebuild(session, row, home, wanted, drives, clock.instant());
            checkDependencies(session, row, dependencies);
            return new Result<>(true, rows.change(session, before, row));
        });
        log.info("instance {} rebuilt from image {} by {}", instance, wanted.image(), by);
        delivery.accept(instance);
        return find(instance).orElseThrow(() -> notFound(instance));
    }

    @Override
    public Instance resetState(InstanceId instance, boolean failed, Actor by) {
        Instance now = edit(instance, (session, row) -> {
            if (row.task != null || row.goal == InstanceGoal.DELETED) {
                throw busy(row, "os-resetState");
            }
            if (failed) {
                row.actual = ActualState.FAILED;
                row.fault = "its state was set to error by " + by.name();
            } else if (row.actual == ActualState.FAILED) {
                if (row.host == null) {
                    throw new ComputeException(
                            Kind.CONFLICT, "Instance " + instance + " has no home; start it to find one.");
                }
                // What it is its home has to say; until then it is shown as what it should be.
                row.actual = ActualState.UNKNOWN;
                row.fault = null;
            }
        });
        log.info("instance {} set to {} by {}", instance, failed ? "error" : "active", by);
        delivery.accept(instance);
        return now;
    }

    @Override
    public Instance changeParticulars(InstanceId instance, UnaryOperator<Particulars> how) {
        return edit(instance, (session, row) -> {
            Particulars before = row.particulars();
            row.write(InstanceRules.particulars(how.apply(before)));
            if ((before.lock() == null) != (row.lockedBy == null)) {
                ActionLog.done(session, row, row.lockedBy == null ? "unlock" : "lock", clock.instant());
            }
        });
    }

    @Override
    public Map<InstanceId, String> userData(Collection<InstanceId> some) {
        return store.inTransaction(session -> {
            Map<InstanceId, String> found = new HashMap<>();
            Jdbc.list(
                            session,
                            row -> Map.entry(InstanceId.of(row.getObject(1, UUID.class)), row.getString(2)),
                            "select instance_id, data from instance_user_data where instance_id = any(?)",
                            (Object) some.stream().map(InstanceId::value).toArray(UUID[]::new))
                    .forEach(one -> found.put(one.getKey(), one.getValue()));
            return found;
        });
    }

    @Override
    public List<InstanceAction> actions(InstanceId instance) {
        return store.inTransaction(session -> ActionLog.of(session, instance));
    }

    /**
     * An owner who changes his mind begins a new generation where an agent may be listening: an order for what he wanted
     * before that is late or comes twice, a list of what a joining home owns that names it, and what the home says of either,
     * are of the generation before. Where a case is dealing with the home nobody listens, and the case counts on the number.
     */
    private static void changeGoal(InstanceRow row, @Nullable HostRow home, InstanceGoal goal) {
        boolean listening = home != null && (home.state == HostState.SERVING || home.state == HostState.JOINING);
        if (row.goal != goal && listening) {
            row.generation++;
            if (ReportRule.converged(goal, row.actual)) {
                // What was reported of the generation before says nothing of this one, which is to be told.
                row.actual = ActualState.UNKNOWN;
            }
        }
        row.goal = goal;
    }

    static ComputeException busy(InstanceRow row, String verb) {
        return new ComputeException(
                Kind.CONFLICT, "Cannot '" + verb + "' instance " + row.id + " while it is in task_state " + row.task);
    }

    @Override
    public Instance rename(InstanceId instance, String name) {
        String valid = InstanceRules.name(name);
        return edit(instance, (session, row) -> row.name = valid);
    }

    @Override
    public Instance changeTags(InstanceId instance, UnaryOperator<List<String>> how) {
        return edit(instance, (session, row) -> {
            List<String> valid = InstanceRules.tags(how.apply(List.copyOf(row.tags)));
            row.tags.retainAll(valid);
            row.tags.addAll(valid);
        });
    }

    @Override
    public Instance changeMetadata(InstanceId instance, UnaryOperator<Map<String, String>> how) {
        return edit(instance, (session, row) -> {
            Map<String, String> valid = InstanceRules.metadata(how.apply(Map.copyOf(row.metadata)));
            String before = row.metadata.getOrDefault(TermsRule.DEPENDS_ON, "");
            row.metadata.keySet().retainAll(valid.keySet());
            row.metadata.putAll(valid);
            StoredQuotas.requireMetadataRoom(session, ProjectId.of(row.project), valid.size());
            checkDependencies(session, row, before);
        });
    }

    private Instance edit(InstanceId instance, BiConsumer<Session, InstanceRow> change) {
        transact(session -> {
            InstanceRow row = rows.lockLiving(session, instance);
            Instance before = rows.instance(session, row);
            change.accept(session, row);
            row.updatedAt = clock.instant();
            return new Result<>(true, rows.change(session, before, row));
        });
        return find(instance).orElseThrow(() -> notFound(instance));
    }

    @Override
    public void addListener(InstanceListener listener) {
        changes.add(listener);
    }

    /** Runs a change in one transaction and tells of the changed row, if there is one, after the commit. */
    private <T> T transact(Function<Session, Result<T>> work) {
        Result<T> result = store.inTransaction(work);
        if (result.change != null) {
            changes.committed(result.change);
        }
        return result.value;
    }

    private static <T> Result<T> unchanged(T value) {
        return new Result<>(value, null);
    }

    private static ComputeException notFound(InstanceId instance) {
        return new ComputeException(Kind.NOT_FOUND, "Instance " + instance + " could not be found.");
    }

    private record Result<T>(T value, InstanceChanges.@Nullable Change change) {}

    /** What a placement needs to know of an instance. */
    private record Search(
            Resources wants,
            @Nullable String zone,
            @Nullable HostId only) {}
}
