package io.holdfast.chaos.sim;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceListener;
import io.holdfast.compute.Instances;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The database as one controller's process reaches it: over the network, and through what {@link DatabaseWeather} does to
 * transactions. A commit that is not answered has happened, or happens later, when somebody else may lead.
 */
final class DatabaseClient {

    private final World world;
    private final String party;
    private final Consumer<InstanceId> delivery;
    private final Dice dice;
    private final List<InstanceListener> listeners = new ArrayList<>();

    DatabaseClient(World world, String party, Consumer<InstanceId> delivery) {
        this.world = world;
        this.party = party;
        this.delivery = delivery;
        this.dice = world.dice("database calls of " + party);
    }

    boolean reachable() {
        return world.weather().isUp() && world.network().connected(Network.Net.MANAGEMENT, party, Network.DATABASE);
    }

    <T> T read(Supplier<T> transaction) {
        reach();
        return world.database().as(party, this::committed, transaction);
    }

    <T> T write(Supplier<T> transaction) {
        reach();
        if (dice.chance(world.weather().unknown())) {
            if (dice.chance(0.5)) {
                world.database().as(party, null, transaction);
            } else {
                LeaderEpoch newest = world.database().newestLeader();
                world.timeline()
                        .after(
                                dice.between(Duration.ofMillis(20), Duration.ofSeconds(20)),
                                () -> late(transaction, newest));
            }
            throw new DatabaseAway("the connection broke while the commit was on its way");
        }
        return world.database().as(party, this::committed, transaction);
    }

    /**
     * The transaction arrives when its sender has given it up, and somebody else may lead; a refusal is then heard by
     * nobody. Under the same leader it never arrived: a real transaction holds its rows from its first statement to its
     * commit, so nothing later of the same leader can come before it.
     */
    private void late(Supplier<?> transaction, LeaderEpoch newest) {
        if (!world.weather().isUp() || newest.equals(world.database().newestLeader())) {
            return;
        }
        try {
            world.database().as(party, null, transaction);
        } catch (StoreException | ComputeException refused) {
            world.story().tell("database", "refuses a late transaction of " + party + ": " + refused.getMessage());
        }
    }

    private void reach() {
        if (!reachable()) {
            throw new DatabaseAway("the database is away");
        }
        if (dice.chance(world.weather().errors())) {
            throw new DatabaseAway("a call failed");
        }
    }

    private void committed(Database.Change change) {
        listeners.forEach(listener -> listener.changed(change.before(), change.after()));
    }

    // ---- ports

    Hosts hosts() {
        Hosts real = world.ports().hosts();
        return new Hosts() {
            @Override
            public List<ComputeHost> list() {
                return read(real::list);
            }

            @Override
            public Map<HostId, HostSurroundings> surroundings() {
                return world.database().constraints().any() ? read(real::surroundings) : Map.of();
            }

            @Override
            public Optional<String> forcedDownBy(HostId host) {
                return read(() -> real.forcedDownBy(host));
            }

            @Override
            public Optional<ComputeHost> find(HostId host) {
                return read(() -> real.find(host));
            }

            @Override
            public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
                return write(() -> real.introduce(introduction, expected, leader));
            }

            @Override
            public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
                return real.admit(host, leader, facts);
            }

            @Override
            public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
                return write(() -> real.condemn(host, expected, leader, facts));
            }

            @Override
            public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
                return write(() -> real.fenced(proof, leader, facts));
            }

            @Override
            public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
                return write(() -> real.pardon(host, leader, facts));
            }

            @Override
            public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
                return write(() -> real.setForcedDown(host, forcedDown, by, reason));
            }

            @Override
            public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
                return write(() -> real.startMaintenance(host, by, reason));
            }

            @Override
            public ComputeHost endMaintenance(HostId host, Actor by) {
                return write(() -> real.endMaintenance(host, by));
            }

            @Override
            public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
                return write(() -> real.quarantine(host, reason, leader));
            }

            @Override
            public ComputeHost release(HostId host) {
                return write(() -> real.release(host));
            }

            @Override
            public ComputeHost enable(HostId host, Actor by) {
                return write(() -> real.enable(host, by));
            }

            @Override
            public ComputeHost disable(HostId host, Actor by, String reason) {
                return write(() -> real.disable(host, by, reason));
            }
        };
    }

    Claims claims() {
        Claims real = world.ports().claims();
        return new Claims() {
            @Override
            public Claim evacuate(
                    InstanceId instance,
                    Generation expected,
                    HostId to,
                    FenceProof proof,
                    boolean leaveStopped,
                    LeaderEpoch leader,
                    List<Fact> facts) {
                return write(() -> real.evacuate(instance, expected, to, proof, leaveStopped, leader, facts));
            }

            @Override
            public List<Instance> at(HostId host) {
                return read(() -> real.at(host));
            }

            @Override
            public Optional<Instance> find(InstanceId instance) {
                return read(() -> real.find(instance));
            }

            @Override
            public List<ServerGroup> groups() {
                // A world without any is as it was before there were groups, call by call.
                return world.database().hasGroups() ? read(real::groups) : List.of();
            }

            @Override
            public Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances) {
                return world.database().constraints().any() ? read(() -> real.terms(instances)) : Map.of();
            }

            @Override
            public Map<HostId, InstanceId> livesOf(ProjectId project) {
                return read(() -> real.livesOf(project));
            }

            @Override
            public void deliver(InstanceId instance) {
                delivery.accept(instance);
            }
        };
    }

    FailoverSegments failover() {
        return new FailoverClient(this, world.database().failover());
    }

    Withdrawals withdrawals() {
        Withdrawals real = world.ports().withdrawals();
        return new Withdrawals() {
            @Override
            public Answer withdraw(
                    InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
                return real.withdraw(instance, expected, from, leader, deadline);
            }

            @Override
            public Claim claim(
                    InstanceId instance, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
                return write(() -> real.claim(instance, expected, to, leader, facts));
            }

            @Override
            public Relocation relocate(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return real.relocate(instance, expected, from, to, leader, deadline);
            }

            @Override
            public Relocation follow(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return real.follow(instance, expected, from, to, leader, deadline);
            }

            @Override
            public boolean isSeenAt(InstanceId instance, HostId host, Duration deadline) {
                return real.isSeenAt(instance, host, deadline);
            }

            @Override
            public Relocation keep(InstanceId instance, Generation expected, HostId home, LeaderEpoch leader) {
                return write(() -> real.keep(instance, expected, home, leader));
            }
        };
    }

    CaseJournal cases() {
        CaseJournal real = world.ports().cases();
        return new CaseJournal() {
            @Override
            public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
                return DatabaseClient.this.write(() -> real.write(segment, leader, writes, facts));
            }

            @Override
            public List<CaseJournal.Stored> open(SegmentId segment) {
                return read(() -> real.open(segment));
            }

            @Override
            public Optional<CaseJournal.Stored> find(CaseId id) {
                return read(() -> real.find(id));
            }

            @Override
            public Optional<CaseJournal.Stored> newest(HostId host) {
                return read(() -> real.newest(host));
            }

            @Override
            public List<CaseJournal.Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
                return read(() -> real.list(host, open, limit));
            }

            @Override
            public List<CaseView.Entry> timeline(CaseId id) {
                return read(() -> real.timeline(id));
            }

            @Override
            public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
                return read(() -> real.marks(segment, since, kinds));
            }
        };
    }

    MoveJournal moves() {
        MoveJournal real = world.ports().moves();
        return new MoveJournal() {
            @Override
            public CaseJournal.Outcome write(LeaderEpoch leader, PlannedMove move, long expected, List<Fact> facts) {
                return DatabaseClient.this.write(() -> real.write(leader, move, expected, facts));
            }

            @Override
            public List<MoveJournal.Stored> open(SegmentId segment) {
                // A world without any is as it was before there were moves, call by call.
                return world.database().hasMoves() ? read(() -> real.open(segment)) : List.of();
            }

            @Override
            public Optional<MoveJournal.Stored> find(UUID id) {
                return read(() -> real.find(id));
            }

            @Override
            public List<MoveJournal.Stored> list(@Nullable InstanceId instance, int limit) {
                return read(() -> real.list(instance, limit));
            }
        };
    }

    OrderBook orders() {
        OrderBook real = world.database().orders();
        return new OrderBook() {
            @Override
            public SegmentOrders orders(SegmentId segment) {
                return read(() -> real.orders(segment));
            }

            @Override
            public void put(SegmentId segment, SegmentOrders orders) {
                write(() -> {
                    real.put(segment, orders);
                    return true;
                });
            }

            @Override
            public void note(HostId host, Note note) {
                write(() -> {
                    real.note(host, note);
                    return true;
                });
            }

            @Override
            public List<Note> notes(HostId host, int limit) {
                return read(() -> real.notes(host, limit));
            }
        };
    }

    FenceJournal fences() {
        FenceJournal real = world.ports().fences();
        return new FenceJournal() {
            @Override
            public void append(Entry entry) {
                write(() -> {
                    real.append(entry);
                    return true;
                });
            }

            @Override
            public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
                write(() -> {
                    real.appendIntent(entry, segment, leader);
                    return true;
                });
            }

            @Override
            public Optional<Entry> proof(HostId host, HostEpoch epoch) {
                return read(() -> real.proof(host, epoch));
            }

            @Override
            public List<Entry> of(HostId host, HostEpoch epoch) {
                return read(() -> real.of(host, epoch));
            }

            @Override
            public List<Entry> history(HostId host, int limit) {
                return read(() -> real.history(host, limit));
            }
        };
    }

    /** Only what recovery asks of it; owners' verbs are {@link Owners}'. */
    Instances instances() {
        return new Instances() {
            @Override
            public List<Instance> list(@Nullable ProjectId project) {
                return read(() -> world.database().instances());
            }

            @Override
            public Optional<Instance> find(InstanceId instance) {
                return read(() -> world.database().instance(instance));
            }

            @Override
            public void addListener(InstanceListener listener) {
                listeners.add(listener);
            }

            @Override
            public void hold(InstanceId instance, Hold verb, Actor by) {
                throw notAsked();
            }

            @Override
            public Instance rebuild(InstanceId instance, Rebuild wanted, Actor by) {
                throw notAsked();
            }

            @Override
            public Instance create(NewInstance wanted, Actor by) {
                throw notAsked();
            }

            @Override
            public void delete(InstanceId instance, Actor by) {
                throw notAsked();
            }

            @Override
            public void start(InstanceId instance, Actor by) {
                throw notAsked();
            }

            @Override
            public void stop(InstanceId instance, Actor by) {
                throw notAsked();
            }

            @Override
            public void reboot(InstanceId instance, boolean gently, Actor by) {
                throw notAsked();
            }

            @Override
            public Instance resetState(InstanceId instance, boolean failed, Actor by) {
                throw notAsked();
            }

            @Override
            public Instance changeParticulars(
                    InstanceId instance, java.util.function.UnaryOperator<io.holdfast.compute.Particulars> how) {
                throw notAsked();
            }

            @Override
            public Instance rename(InstanceId instance, String name) {
                throw notAsked();
            }

            @Override
            public Instance changeTags(InstanceId instance, UnaryOperator<List<String>> how) {
                throw notAsked();
            }

            @Override
            public Instance changeMetadata(InstanceId instance, UnaryOperator<Map<String, String>> how) {
                throw notAsked();
            }
        };
    }

    private static IllegalStateException notAsked() {
        return new IllegalStateException("recovery asks for no owner's verb");
    }
}
