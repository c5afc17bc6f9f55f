package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances.NewInstance;
import io.holdfast.compute.control.Gathered;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.model.Actor;
import io.holdfast.model.Amounts;
import io.holdfast.model.Asked;
import io.holdfast.model.NumaWish;
import io.holdfast.model.ServerGroupId;
import io.holdfast.store.ConstraintViolated;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreUnavailable;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores new instances, which then wait for a home.
 *
 * <p>Those that are asked for at the same time are stored in one transaction, and each of them gets its own answer: what is
 * wrong with one is found before anything of it is written, and leaves the others alone. Where it is found only by writing
 * (an address that is taken at this moment), nothing of that transaction was stored, and each is stored by itself.
 *
 * <p>What if we die here: who got an answer is on disk; who got none may ask again, and looks first whether it is there.
 */
final class Creating implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Creating.class);

    /** In one transaction: more would let the first of them wait for the last for too long. */
    private static final int BATCH = 64;

    private final Store store;
    private final Rows rows;
    private final ComputeSettings.ConfigDrive drives;
    private final Runnable placing;
    private final Duration within;
    private final InstantSource clock;
    private final Gathered<Request> requests = new Gathered<>("creating", BATCH, this::create, Creating::closed);

    /**
     * @param placing called when somebody waits for a home
     * @param within how long a caller waits for its answer; whether it is stored is not known then
     */
    Creating(
            Store store,
            Rows rows,
            ComputeSettings.ConfigDrive drives,
            Runnable placing,
            Duration within,
            InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.drives = drives;
        this.placing = placing;
        this.within = within;
        this.clock = clock;
    }

    /** Blocks until it is on disk, or the time for that is over. */
    Instance create(NewInstance wanted, Actor by) {
        Request request = new Request(wanted, row(wanted), Asked.now().orElse(null), new CompletableFuture<>());
        if (!requests.add(request)) {
            throw new StoreUnavailable("the controller is stopping", false, null);
        }
        Instance made = SharedWrite.await(request.answer, within, "instance " + request.row.id);
        log.info("instance {} created by {} for project {}", made.id(), by, made.project());
        return made;
    }

    private InstanceRow row(NewInstance wanted) {
        InstanceRow row = new InstanceRow();
        row.id = UUID.randomUUID();
        row.name = InstanceRules.name(wanted.name());
        row.project = wanted.project().value();
        row.userName = wanted.user();
        row.zone = wanted.zone() == null ? null : InstanceRules.text(wanted.zone(), "zone");
        row.goal = InstanceGoal.RUNNING;
        row.actual = ActualState.BUILDING;
        row.task =
                wanted.host() == null ? StoredInstances.SCHEDULING : StoredInstances.SCHEDULING + " " + wanted.host();
        row.createdAt = clock.instant();
        row.updatedAt = row.createdAt;
        row.tags.addAll(InstanceRules.tags(wanted.tags()));
        row.metadata.putAll(InstanceRules.metadata(wanted.metadata()));
        row.write(InstanceRules.particulars(wanted.particulars()));
        return row;
    }

    private void create(List<Request> batch) {
        try {
            answer(store.inTransaction(session -> store(session, batch)));
        } catch (RuntimeException e) {
            boolean ofOne = !(e instanceof StoreException) || e instanceof ConstraintViolated;
            if (ofOne && batch.size() > 1) {
                log.debug("{} instances were not stored together and are stored one by one", batch.size(), e);
                batch.forEach(one -> create(List.of(one)));
            } else {
                batch.forEach(one -> one.answer.completeExceptionally(e));
            }
            return;
        }
        // What is stored waits, and is found by the next round, whatever becomes of this word.
        placing.run();
    }

    private static void answer(Map<Request, Outcome> outcomes) {
        outcomes.forEach((request, outcome) -> {
            if (outcome.refusal == null) {
                request.answer.complete(outcome.made);
            } else {
                request.answer.completeExceptionally(outcome.refusal);
            }
        });
    }

    /** May run more than once, so each row is made anew from what was asked for. */
    private Map<Request, Outcome> store(Session session, List<Request> batch) {
        StoredQuotas.Ledger quotas = new StoredQuotas.Ledger(session);
        quotas.open(batch.stream().map(one -> one.wanted.project()).toList());
        Map<Request, Outcome> outcomes = new HashMap<>();
        List<InstanceRow> made = new ArrayList<>();
        Map<UUID, Asked> asked = new HashMap<>();
        Map<Request, InstanceRow> stored = new HashMap<>();
        for (Request request : batch) {
            InstanceRow row = request.row.copyOfNew();
            try {
                check(session, quotas, request.wanted, row);
            } catch (ComputeException e) {
                outcomes.put(request, new Outcome(null, e));
                continue;
            }
            NewInstance wanted = request.wanted;
            rows.takeNetworks(session, row, wanted.networks());
            row.configDrive = drives.isMade(row.configDrive, row.keyName != null, wanted.userData() != null);
            session.persist(row);
            quotas.made(wanted.project(), row.resources());
            GuestReading.keepKey(session, row);
            GuestReading.keepUserData(session, row, wanted.userData());
            StoredTerms.keep(session, row, wanted.hints());
            made.add(row);
            stored.put(request, row);
            if (request.asked != null) {
                asked.put(row.id, request.asked);
            }
        }
        StoredTerms.keepWishes(session, made);
        ActionLog.created(session, made, asked);
        stored.forEach((request, row) -> outcomes.put(request, new Outcome(rows.instance(session, row), null)));
        return outcomes;
    }

    /** Everything that can be wrong with it by itself; writes nothing. */
    private void check(Session session, StoredQuotas.Ledger quotas, NewInstance wanted, InstanceRow row) {
        // Locked against deletion until the instance that uses them is there to be seen.
        FlavorRow flavor = session.find(FlavorRow.class, wanted.flavor().value(), LockModeType.PESSIMISTIC_READ);
        if (flavor == null
                || !(flavor.isPublic
                        || wanted.anyFlavor()
                        || flavor.access.contains(wanted.project().value()))) {
            throw new ComputeException(Kind.INVALID, "Flavor " + wanted.flavor() + " could not be found.");
        }
        ImageRow image = StoredRebuilds.usable(session, wanted.image(), wanted.project(), row.createdAt);
        StoredRebuilds.requireFits(image, "Flavor " + flavor.name, flavor.memoryMib, flavor.diskGib);
        row.flavorId = flavor.id;
        row.imageId = image.id;
        row.vcpus = flavor.vcpus;
        row.memoryMib = flavor.memoryMib;
        row.diskGib = flavor.diskGib;
        row.amounts = Amounts.ofSpecs(flavor.extraSpecs).toString();
        row.numa = numa(flavor, image);
        row.serverGroup = group(session, wanted);
        row.spread = String.join(",", new TreeSet<>(wanted.hints().spread()));
        StoredInstances.checkDependencies(session, row, "");
        quotas.requireRoom(wanted.project(), row.resources());
        StoredQuotas.requireMetadataRoom(quotas.limits(wanted.project()), row.metadata.size());
        if (row.serverGroup != null) {
            StoredQuotas.requireMemberRoom(session, wanted.project(), row.serverGroup);
        }
    }

    /** What an image wants is held against the flavor's size, as the flavor's own word was when it was written. */
    private static String numa(FlavorRow flavor, ImageRow image) {
        NumaWish wish = NumaWish.of(flavor.extraSpecs, image.properties);
        String objection = wish.objection(flavor.vcpus, flavor.memoryMib);
        if (objection != null) {
            throw new ComputeException(Kind.INVALID, "Flavor " + flavor.name + ": " + objection);
        }
        return wish.toString();
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

    private static void closed(List<Request> left) {
        left.forEach(one -> one.answer.completeExceptionally(
                new StoreUnavailable("the controller stopped before the instance was stored", false, null)));
    }

    @Override
    public void close() {
        requests.close();
    }

    /**
     * @param row what is known of it before the store is looked at; never stored itself
     * @param asked on whose behalf
     */
    private record Request(
            NewInstance wanted, InstanceRow row, @Nullable Asked asked, CompletableFuture<Instance> answer) {}

    /** One of the two. */
    private record Outcome(
            @Nullable Instance made, @Nullable ComputeException refusal) {}
}
