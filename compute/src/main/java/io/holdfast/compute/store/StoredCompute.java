package io.holdfast.compute.store;

import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ConfigDrives;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.Consoles;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.GuestFigures;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.InstanceAdmission;
import io.holdfast.compute.Instances;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.Quotas;
import io.holdfast.compute.ServerGroups;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.control.DeliveryView;
import io.holdfast.compute.control.GoalDelivery;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The controller's side of compute, put together: the ports of {@code io.holdfast.compute} over one store, and the
 * delivery of goals.
 */
public final class StoredCompute implements AutoCloseable {

    /** For {@link Store#open}. */
    public static final List<Class<?>> ENTITIES =
            List.of(HostRow.class, InstanceRow.class, FlavorRow.class, ImageRow.class, ServerGroupRow.class);

    /** Longer than a statement may take, so that what the database says comes first. */
    private static final Duration STORED_WITHIN = Duration.ofMinutes(1);

    /** Whoever waits for a text waits at a terminal. */
    private static final Duration CONSOLE_DEADLINE = Duration.ofSeconds(5);

    private final HostAgents agents;
    private final InstanceChanges changes = new InstanceChanges();
    private final GoalDelivery delivery;

    /** What delivery sees of the store; its own tests look at it. */
    final DeliveryView view;

    private final StoredHosts hosts;
    private final StoredServerGroups groups;
    private final StoredKeyPairs keyPairs;
    private final StoredAggregates aggregates;
    private final StoredQuotas quotas;
    private final StoredClaims claims;
    private final Placing placing;
    private final Creating creating;
    private final StoredInstances instances;
    private final StoredCatalog catalog;
    private final StoredWithdrawals withdrawals;

    /** Without networks and config drives. */
    public StoredCompute(
            Store store,
            HostAgents agents,
            Placer placer,
            Supplier<Optional<LeaderEpoch>> leader,
            Predicate<InstanceId> held,
            ComputeSettings settings,
            Duration callAfter,
            Overcommit overcommit,
            InstantSource clock) {
        this(
                store,
                agents,
                placer,
                leader,
                held,
                settings,
                callAfter,
                overcommit,
                InstanceNetworks.NONE,
                ConfigDrives.NONE,
                clock);
    }

    /** Whatever there is room for is admitted. */
    public StoredCompute(
            Store store,
            HostAgents agents,
            Placer placer,
            Supplier<Optional<LeaderEpoch>> leader,
            Predicate<InstanceId> held,
            ComputeSettings settings,
            Duration callAfter,
            Overcommit overcommit,
            InstanceNetworks networks,
            ConfigDrives drives,
            InstantSource clock) {
        this(
                store,
                agents,
                placer,
                InstanceAdmission.OPEN,
                leader,
                held,
                settings,
                callAfter,
                overcommit,
                networks,
                drives,
                clock);
    }

    /**
     * Assembles; nothing runs before {@link #start()}.
     *
     * @param admission asked before an instance that has a home gets a claim on recovery
     * @param held instances that recovery starts when it is their turn, so that rounds of delivery leave them to it
     * @param callAfter how long an instance that was withdrawn from its home may lack another until a human is told:
     *     as long as one of a case may be under way
     * @param overcommit the one the placer works with
     * @param networks takes and gives back what instances are on
     * @param drives writes what guests read of themselves
     */
    public StoredCompute(
            Store store,
            HostAgents agents,
            Placer placer,
            InstanceAdmission admission,
            Supplier<Optional<LeaderEpoch>> leader,
            Predicate<InstanceId> held,
            ComputeSettings settings,
            Duration callAfter,
            Overcommit overcommit,
            InstanceNetworks networks,
            ConfigDrives drives,
            InstantSource clock) {
        this.agents = agents;
        Rows rows = new Rows(settings.defaultPolicy(), settings.onGuest().restarted(), networks);
        Room room = new Room(overcommit);
        StoredReports reports = new StoredReports(store, rows, changes, clock);
        // The verbs ask delivery for speed only; before it is there, the first round finds the same instances.
        Consumer<InstanceId> deliver = this::deliver;
        this.placing = new Placing(store, rows, room, placer, changes, this::deliverAll, leader, callAfter, clock);
        this.creating = new Creating(store, rows, settings.configDrive(), placing::wake, STORED_WITHIN, clock);
        this.hosts = new StoredHosts(store, rows, agents, reports, changes, settings.adoptDeadline(), clock);
        this.groups = new StoredServerGroups(store, clock);
        this.keyPairs = new StoredKeyPairs(store);
        this.aggregates = new StoredAggregates(store, clock);
        this.quotas = new StoredQuotas(store);
        this.claims = new StoredClaims(store, groups, rows, room, changes, deliver, STORED_WITHIN, clock);
        this.instances = new StoredInstances(
                store,
                rows,
                creating,
                placing,
                placer,
                admission,
                changes,
                deliver,
                settings.withdrawnFor(),
                settings.configDrive(),
                callAfter,
                clock);
        this.catalog = new StoredCatalog(store, rows, changes, settings.sharedStorage(), clock);
        this.withdrawals = new StoredWithdrawals(store, rows, room, agents, changes, clock);
        this.view = new StoredDelivery(store, rows, hosts, instances, placing, reports, changes, clock);
        this.delivery = new GoalDelivery(view, agents, drives, leader, held, settings, clock);
    }

    public void start() {
        delivery.start();
    }

    private void deliver(InstanceId instance) {
        delivery.deliver(instance);
    }

    private void deliverAll(Map<InstanceId, HostId> homes) {
        delivery.deliver(homes);
    }

    /** Places all that wait for a home now, in the calling thread; for tests and measurements, which else would have to wait. */
    public void placeNow() {
        instances.placeForgotten();
        placing.now();
    }

    public Hosts hosts() {
        return hosts;
    }

    public ServerGroups serverGroups() {
        return groups;
    }

    public KeyPairs keyPairs() {
        return keyPairs;
    }

    public Aggregates aggregates() {
        return aggregates;
    }

    public Quotas quotas() {
        return quotas;
    }

    public Consoles consoles() {
        return instance -> {
            HostId home = instance.home();
            Optional<ComputeHost> host = home == null ? Optional.empty() : hosts.find(home);
            return host.filter(one -> one.address() != null)
                    .map(one -> agents.console(one, instance.id(), Consoles.BYTES_MAX, CONSOLE_DEADLINE))
                    .orElseGet(() -> new ConsoleAnswer.Unknown("it has no home that could be asked"));
        };
    }

    public GuestFigures figures() {
        return instance -> {
            HostId home = instance.home();
            Optional<ComputeHost> host = home == null ? Optional.empty() : hosts.find(home);
            return host.filter(one -> one.address() != null)
                    .map(one -> agents.diagnose(one, instance.id(), CONSOLE_DEADLINE))
                    .orElseGet(() -> new DiagnosticsAnswer.Unknown("it has no home that could be asked"));
        };
    }

    public Claims claims() {
        return claims;
    }

    public Withdrawals withdrawals() {
        return withdrawals;
    }

    public Instances instances() {
        return instances;
    }

    public Catalog catalog() {
        return catalog;
    }

    public GoalDelivery delivery() {
        return delivery;
    }

    @Override
    public void close() {
        creating.close();
        placing.close();
        claims.close();
        delivery.close();
        changes.close();
    }
}
