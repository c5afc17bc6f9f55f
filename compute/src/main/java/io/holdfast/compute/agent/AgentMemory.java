package io.holdfast.compute.agent;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that the agent was ever told, and the rules by which it takes or refuses the next order. Pure.
 *
 * <p>Intuition: counters come with every order, and each only rises. An order that is behind in any of them was
 * sent by somebody who did not know what we know, so it is refused, and the sender is told what we know. An order that
 * is ahead in the host's epoch says that this host was condemned since; then only the whole truth will do, and a single
 * goal is refused until it has come. The whole truth is bound to the boot that it was asked for: a host that comes back from
 * having been fenced does not know yet that its epoch has changed.
 *
 * <p>Invariants: no counter goes back; {@code owned} holds no generation older than {@code newest}; what was deleted at
 * a generation is never started at that generation again, because its disk is gone and a new one would pass for it.
 *
 * @param bootId the boot in which the last adopt order came, or empty when none ever did
 * @param adoption the number of the last adopt order that was taken, 0 when none had one
 * @param newest the newest generation seen per instance, also of instances that are no longer owned
 * @param owned what this host should have
 */
public record AgentMemory(
        String bootId,
        HostEpoch hostEpoch,
        Incarnation incarnation,
        long adoption,
        LeaderEpoch leader,
        Map<InstanceId, Generation> newest,
        Map<InstanceId, Wanted> owned) {

    /**
     * Generations of instances that left are forgotten beyond this, oldest first. Too small would let a very late order
     * through that the epochs do not catch; too large makes each snapshot slow.
     */
    static final int REMEMBERED_LIMIT = 10_000;

    public AgentMemory {
        newest = Collections.unmodifiableMap(new LinkedHashMap<>(newest));
        owned = Collections.unmodifiableMap(new LinkedHashMap<>(owned));
    }

    public static AgentMemory blank() {
        return new AgentMemory("", HostEpoch.ZERO, Incarnation.ZERO, 0, LeaderEpoch.ZERO, Map.of(), Map.of());
    }

    public record Wanted(Generation generation, InstanceGoal goal, GuestSpec spec) {}

    /** What is to be done with an order. */
    public sealed interface Ruling {
        /** Take it: {@code next} must be durable before anything is done about it. */
        record Take(AgentMemory next) implements Ruling {}

        /** It says what is known already; there is nothing to write. */
        record Known() implements Ruling {}

        record Stale(String reason) implements Ruling {}

        record Refused(String reason) implements Ruling {}
    }

    public Ruling rule(AdoptOrder order, String currentBootId) {
        String stale = staleness(order.hostEpoch(), order.leader());
        if (stale != null) {
            return new Ruling.Stale(stale);
        }
        if (!order.bootId().equals(currentBootId)) {
            // Made for an earlier boot and held up, or for a later one that only another agent of this host has seen.
            return new Ruling.Stale("the list was made for boot " + order.bootId() + " of this host, which is in boot "
                    + currentBootId);
        }
        if (order.incarnation().isOlderThan(incarnation)) {
            return new Ruling.Stale(
                    "the order is for incarnation " + order.incarnation() + ", this host knows " + incarnation);
        }
        if (order.number() > 0 && order.number() <= adoption) {
            // Epochs and incarnation may be the same: between two lists of one life an instance came or went, and the
            // older list would have it destroyed, or started again.
            return order.number() == adoption && bootId.equals(currentBootId)
                    ? new Ruling.Known()
                    : new Ruling.Stale(
                            "the order is list " + order.number() + " of this host, which was told list " + adoption);
        }
        Map<InstanceId, Generation> nextNewest = new LinkedHashMap<>(newest);
        Map<InstanceId, Wanted> nextOwned = new LinkedHashMap<>();
        for (InstanceOrder one : order.owned()) {
            if (!one.host().equals(order.host())) {
                return new Ruling.Refused("instance " + one.instance() + " in the list is for host " + one.host());
            }
            Generation seen = newest.getOrDefault(one.instance(), Generation.ZERO);
            Wanted before = owned.get(one.instance());
            Wanted now = new Wanted(one.generation(), one.goal(), one.spec());
            if (one.generation().isOlderThan(seen)) {
                if (before == null || before.goal() == InstanceGoal.RUNNING) {
                    return new Ruling.Stale(behind(one, seen));
                }
                // A withdrawal that took nothing told this host "not running" at the next generation, and the host died
                // before it was told the one after. What was seen last is kept, so that a list which was overtaken
                // starts nothing; the host serves, and the next goal finds out and is raised. Refusing the whole list
                // would shut the host out for good.
                now = before;
            } else if (before != null && wasDeleted(before, now)) {
                now = before;
            }
            if (nextOwned.put(one.instance(), now) != null) {
                return new Ruling.Refused("instance " + one.instance() + " is in the list twice");
            }
            nextNewest.put(one.instance(), now.generation());
        }
        forgetOldest(nextNewest, nextOwned);
        AgentMemory next = new AgentMemory(
                currentBootId,
                order.hostEpoch(),
                order.incarnation(),
                Math.max(adoption, order.number()),
                order.leader(),
                nextNewest,
                nextOwned);
        return next.equals(this) ? new Ruling.Known() : new Ruling.Take(next);
    }

    public Ruling rule(InstanceOrder order, String currentBootId) {
        String stale = staleness(order.hostEpoch(), order.leader());
        if (stale != null) {
            return new Ruling.Stale(stale);
        }
        Generation seen = newest.getOrDefault(order.instance(), Generation.ZERO);
        if (order.generation().isOlderThan(seen)) {
            return new Ruling.Stale(behind(order, seen));
        }
        if (!bootId.equals(currentBootId)) {
            return new Ruling.Refused("this host has not been told what it owns since it booted; adopt it first");
        }
        if (!order.hostEpoch().equals(hostEpoch)) {
            return new Ruling.Refused("this host was last adopted at epoch " + hostEpoch + ", the order is for epoch "
                    + order.hostEpoch() + "; adopt it first");
        }
        Wanted before = owned.get(order.instance());
        Wanted now = new Wanted(order.generation(), order.goal(), order.spec());
        if (before != null && wasDeleted(before, now)) {
            return new Ruling.Stale("instance " + order.instance() + " was deleted at generation " + order.generation()
                    + " and cannot be had again at the same generation");
        }
        if (now.equals(before) && order.leader().equals(leader)) {
            return new Ruling.Known();
        }
        return new Ruling.Take(with(order.leader(), order.instance(), now));
    }

    /** The memory after one goal that was taken; also how the journal is replayed. */
    AgentMemory with(LeaderEpoch newLeader, InstanceId instance, Wanted wanted) {
        Map<InstanceId, Generation> nextNewest = new LinkedHashMap<>(newest);
        Map<InstanceId, Wanted> nextOwned = new LinkedHashMap<>(owned);
        nextNewest.put(instance, wanted.generation());
        nextOwned.put(instance, wanted);
        return new AgentMemory(bootId, hostEpoch, incarnation, adoption, newLeader, nextNewest, nextOwned);
    }

    /** The same memory, counted as told in another boot; empty for one whose adoption is not carried out yet. */
    public AgentMemory inBoot(String boot) {
        return new AgentMemory(boot, hostEpoch, incarnation, adoption, leader, newest, owned);
    }

    /** Whether a guest is none that should be here, or not of that generation. */
    boolean disowns(Guest guest) {
        Wanted wanted = owned.get(guest.instance());
        return wanted == null || !wanted.generation().equals(guest.generation());
    }

    /**
     * Whether a guest that this host does not own may be one that somebody else has brought from its home: nothing newer of it
     * was ever told or seen here. A copy that a later order has put an end to comes back older.
     */
    boolean mayHaveArrived(Guest guest) {
        Wanted wanted = owned.get(guest.instance());
        return !guest.generation().isOlderThan(newest.getOrDefault(guest.instance(), Generation.ZERO))
                && (wanted == null || wanted.generation().isOlderThan(guest.generation()));
    }

    List<InstanceId> strangersAmong(List<Guest> guests) {
        return guests.stream()
                .filter(guest -> guest.running() && disowns(guest))
                .map(Guest::instance)
                .toList();
    }

    /** A guest was found with this generation. It counts as seen even if the journal that knew it was lost. */
    public AgentMemory sawGuest(InstanceId instance, Generation generation) {
        if (!newest.getOrDefault(instance, Generation.ZERO).isOlderThan(generation)) {
            return this;
        }
        Map<InstanceId, Generation> nextNewest = new LinkedHashMap<>(newest);
        nextNewest.put(instance, generation);
        return new AgentMemory(bootId, hostEpoch, incarnation, adoption, leader, nextNewest, owned);
    }

    private @Nullable String staleness(HostEpoch epoch, LeaderEpoch from) {
        if (epoch.isOlderThan(hostEpoch)) {
            return "the order is for epoch " + epoch + " of this host, which is at epoch " + hostEpoch;
        }
        if (from.isOlderThan(leader)) {
            return "the order is from leader " + from + ", and leader " + leader + " has spoken since";
        }
        return null;
    }

    private static boolean wasDeleted(Wanted before, Wanted now) {
        return before.goal() == InstanceGoal.DELETED
                && now.goal() != InstanceGoal.DELETED
                && before.generation().equals(now.generation());
    }

    private static String behind(InstanceOrder order, Generation seen) {
        return "the order is for generation " + order.generation() + " of instance " + order.instance()
                + ", and this host has seen generation " + seen;
    }

    private static void forgetOldest(Map<InstanceId, Generation> newest, Map<InstanceId, Wanted> owned) {
        int excess = newest.size() - REMEMBERED_LIMIT;
        if (excess > 0) {
            newest.keySet().stream()
                    .filter(instance -> !owned.containsKey(instance))
                    .limit(excess)
                    .toList()
                    .forEach(newest::remove);
        }
    }
}
