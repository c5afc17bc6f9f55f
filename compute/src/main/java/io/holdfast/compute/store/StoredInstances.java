package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.InstanceAdmission;
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
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
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
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An owner's verbs in the store.
 *
 * <p>What if we die here: an instance is stored before a home is looked for. One that has none yet and wants one says so
 * in its task, and whoever leads next places it ({@link Placing}).
 */
final class StoredInstances implements Instances {

    /** Followed by a space and a host when only that one may be its home, so that a crash does not forget it. */
    static final String SCHEDULING = "scheduling";

    /** A deleted instance whose fenced home still has to remove its disk when it returns. */
    static final String DISK_REMOVAL = "removing-disk";

    private static final Logger log = LoggerFactory.getLogger(StoredInstances.class);

    /** One that changes its home more often while its owner's verb is tried has more than one who moves it. */
    private static final int HOME_CHANGES_MAX = 4;

    private final Store store;
    private final Rows rows;
    private final Creating creating;
    private final Placing placing;
    private final Placer placer;
    private final InstanceAdmission admission;
    private final InstanceChanges changes;
    private final Consumer<InstanceId> delivery;
    private final Duration withdrawnFor;
    private final ComputeSettings.ConfigDrive drives;
    private final Duration callAfter;
    private final InstantSource clock;

    StoredInstances(
            Store store,
            Rows rows,
            Creating creating,
            Placing placing,
            Placer placer,
            InstanceAdmission admission,
            InstanceChanges changes,
            Consumer<InstanceId> delivery,
            Duration withdrawnFor,
            ComputeSettings.ConfigDrive drives,
            Duration callAfter,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.creating = creating;
        this.placing = placing;
        this.placer = placer;
        this.admission = admission;
        this.changes = changes;
        this.delivery = delivery;
        this.withdrawnFor = withdrawnFor;
        this.drives = drives;
        this.callAfter = callAfter;
        this.clock = clock;
    }

    @Override
    public Instance create(NewInstance wanted, Actor by) {
        return creating.create(wanted, by);
    }

    /**
     * Refuses what nobody could wait for. Only a word that is new is looked at: an instance that was depended on may be
     * deleted later, and its owner must still be able to write other metadata.
     */
    static void checkDependencies(Session session, InstanceRow row, String before) {
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

    /** Looks for homes for those that have none and of whom no case thinks any more. Blocks. */
    void placeForgotten() {
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
                        instanceof Placer.Choice.None(String reason)) {
            callForRoom(id, reason);
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
            placing.wake();
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
            throw new HomeChanged("Instance " + row.id + " is moving; try again.");
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
                row.leave(home);
            }
            row.task = row.host == null ? SCHEDULING : POWERING_ON;
            row.updatedAt = clock.instant();
            if (row.host == null) {
                row.withdrawnAt = null;
                ActionLog.began(session, row, "start", row.updatedAt);
            }
            return new Result<>(row.host == null, rows.change(session, before, row));
        });
        log.info("instance {} started by {}", instance, by);
        if (needsHome) {
            placing.wake();
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
            // Whoever places it finds out from its row that nobody waits any more; what is suspended would lose its
            // memory.
            boolean waits = row.looksForHome() && row.actual != ActualState.SUSPENDED;
            if ((row.task != null && !row.withdrawn() && !waits) || row.goal == InstanceGoal.DELETED) {
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
            placing.wake();
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

    /**
     * Runs a change in one transaction and tells of the changed row, if there is one, after the commit. Where its home became
     * another before that was locked, as that of a new instance does when it is placed, it is done anew.
     */
    private <T> T transact(Function<Session, Result<T>> work) {
        Result<T> result;
        try {
            result = transact(session -> admitted(work.apply(session)), HOME_CHANGES_MAX);
        } catch (NotAskedYet e) {
            // All of it was undone: a segment is not surveyed while its rows are locked.
            admission.require(e.after);
            result = transact(work, HOME_CHANGES_MAX);
        }
        if (result.change != null) {
            changes.committed(result.change);
        }
        return result.value;
    }

    private <T> Result<T> admitted(Result<T> result) {
        InstanceChanges.Change change = result.change;
        Instance before = change == null ? null : change.before();
        if (change != null && before != null && admission.concerns(before, change.after())) {
            throw new NotAskedYet(change.after());
        }
        return result;
    }

    private <T> Result<T> transact(Function<Session, Result<T>> work, int tries) {
        try {
            return store.inTransaction(work);
        } catch (HomeChanged e) {
            if (tries <= 1) {
                throw new ComputeException(Kind.CONFLICT, String.valueOf(e.getMessage()));
            }
            return transact(work, tries - 1);
        }
    }

    private static <T> Result<T> unchanged(T value) {
        return new Result<>(value, null);
    }

    private static ComputeException notFound(InstanceId instance) {
        return new ComputeException(Kind.NOT_FOUND, "Instance " + instance + " could not be found.");
    }

    private record Result<T>(T value, InstanceChanges.@Nullable Change change) {}

    /** Between a look at an instance's home and the lock of both it got another. */
    private static final class HomeChanged extends RuntimeException {

        private static final long serialVersionUID = 1L;

        HomeChanged(String message) {
            super(message);
        }
    }

    /** Whether this may be done has to be found out first. */
    private static final class NotAskedYet extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Instance after;

        NotAskedYet(Instance after) {
            super("instance " + after.id() + " is to be admitted first", null, false, false);
            this.after = after;
        }
    }
}
