package io.holdfast.chaos.sim;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.zookeeper.Confirmations;
import io.holdfast.membership.zookeeper.LeaseRecord;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ensemble as its clients see it: sessions that end when they are not renewed, leases that end with their sessions,
 * one node that the leader holds, and a number that only rises.
 *
 * <p>Renewals that nothing disturbs are not played one by one: a session is well until something changes, and then its
 * end is reckoned from a last renewal a moment before.
 */
public final class ZooKeeper {

    private static final long CONFIRMED_EACH = 400_000_000L;

    private final Timeline timeline;
    private final Network network;
    private final Dice dice;
    private final List<Session> sessions = new ArrayList<>();
    private final List<Runnable> watchers = new ArrayList<>();
    private final Map<HostId, Lease> leases = new TreeMap<>();
    private final Map<HostId, HostRegistration> known = new TreeMap<>();
    private final Set<String> left = new TreeSet<>();

    /** Of leases that are gone: when they were confirmed last. */
    private final Map<HostId, Long> confirmed = new TreeMap<>();

    private boolean quorum = true;
    private @Nullable Session holder;
    private long holding;
    private long epoch;

    /** @param since when it was taken, in nanoseconds of the world */
    private record Lease(HostRegistration registration, Session session, long since) {}

    /** What a session tells its owner. */
    interface Owner {
        /** No answer for two thirds of the session's time. */
        void disconnected();

        /** Answers again, in the same session. */
        void reconnected();

        /** Answers again, and says that the session has ended. */
        void expired();
    }

    ZooKeeper(Timeline timeline, Network network, Dice dice) {
        this.timeline = timeline;
        this.network = network;
        this.dice = dice;
        network.onChange(this::look);
    }

    /** One client's session. */
    final class Session {
        final String party;
        private final Duration timeout;
        private final Owner owner;
        private long contact;

        /** When a request of the owner was answered last; the server's patience may begin anew without one. */
        private long heard;

        private long asked;
        private boolean silent;
        private boolean told;
        private boolean well = true;
        private long wellSince;
        private boolean ended;
        private boolean abandoned;
        private boolean closed;
        private Timeline.@Nullable Event next;

        private Session(String party, Duration timeout, Owner owner) {
            this.party = party;
            this.timeout = timeout;
            this.owner = owner;
            this.contact = timeline.now();
            this.heard = contact;
            this.wellSince = contact;
        }

        /** The server holds it for ended. Its owner may not know. */
        boolean ended() {
            return ended;
        }

        /** When the server last answered, in nanoseconds of the world. */
        long contact() {
            return well ? timeline.now() : contact;
        }

        /** The owner does not run (paused, hung, without power), or runs again. */
        void silent(boolean now) {
            if (silent != now) {
                silent = now;
                look(this);
            }
        }

        /** The owner ends it, or its process died and nobody will renew it. */
        void abandon(boolean atOnce) {
            silent = true;
            abandoned = true;
            if (atOnce) {
                expire(this);
            } else {
                look(this);
            }
        }
    }

    Session connect(String party, Duration timeout, Owner owner) {
        Session session = new Session(party, timeout, owner);
        sessions.add(session);
        look(session);
        return session;
    }

    boolean reachable(String party) {
        return quorum && network.connected(Network.Net.MANAGEMENT, party, Network.ZOOKEEPER);
    }

    /** A request of a session's owner and its answer get through; like every request that does, it renews the session. */
    boolean answers(Session session) {
        double loss = loss(session);
        if (loss == 1 || (loss > 0 && dice.chance(loss))) {
            return false;
        }
        session.asked = timeline.now();
        if (!session.ended) {
            session.contact = timeline.now();
            session.heard = session.contact;
        }
        return true;
    }

    /** Without a quorum nobody is answered and no session ends; with it, each gets its full time anew. */
    public void quorum(boolean has) {
        if (quorum == has) {
            return;
        }
        quorum = has;
        if (has) {
            sessions.forEach(session -> session.contact = timeline.now());
        }
        look();
    }

    public boolean hasQuorum() {
        return quorum;
    }

    /**
     * Ends a session although its owner is well, who hears of it at once. One whose owner cannot hear is left to its own
     * time-out: no ensemble ends it earlier, and the leader's reckoning of its lease rests on that.
     */
    public void expireSessionOf(String party) {
        List.copyOf(sessions).stream()
                .filter(session -> session.party.equals(party) && session.well)
                .forEach(this::expire);
    }

    private void look() {
        List.copyOf(sessions).forEach(this::look);
    }

    private double loss(Session session) {
        return !quorum || session.silent
                ? 1
                : network.roundTripLoss(Network.Net.MANAGEMENT, session.party, Network.ZOOKEEPER);
    }

    private void look(Session session) {
        if (session.closed) {
            return;
        }
        boolean nowWell = loss(session) == 0;
        if (session.well && !nowWell) {
            // The last renewal was up to a third of the session's time ago, unless a request came later: each renews.
            session.contact = Math.max(session.asked, timeline.now() - dice.between(0, session.timeout.toNanos() / 3));
            session.heard = session.contact;
        }
        if (nowWell && !session.well) {
            session.wellSince = timeline.now();
        }
        session.well = nowWell;
        if (session.next != null) {
            session.next.cancel();
            session.next = null;
        }
        if (nowWell) {
            session.contact = timeline.now();
            session.heard = session.contact;
            heard(session);
        } else {
            wait(session);
        }
    }

    /** Plays what comes next for a session that is not well: a renewal that may get through, a doubt, the end. */
    private void wait(Session session) {
        if (session.closed) {
            return;
        }
        long now = timeline.now();
        long silence = now - session.contact;
        long timeout = session.timeout.toNanos();
        if (quorum && !session.ended && silence >= timeout) {
            expire(session);
        }
        if (!session.told && !session.silent && silence >= timeout / 3 * 2) {
            session.told = true;
            session.owner.disconnected();
        }
        boolean hopeful = loss(session) < 1;
        boolean waiting = (!session.ended && quorum) || (!session.told && !session.silent);
        if (!hopeful && !waiting) {
            return;
        }
        long pace = timeout / 3;
        long due = hopeful ? now + pace : nextLimit(session, now, timeout);
        session.next = timeline.at(due, () -> {
            session.next = null;
            if (hopeful && !dice.chance(loss(session))) {
                session.contact = timeline.now();
                session.heard = session.contact;
                heard(session);
            }
            wait(session);
        });
    }

    private static long nextLimit(Session session, long now, long timeout) {
        long doubt = session.contact + timeout / 3 * 2;
        return doubt > now ? doubt : Math.max(now + 1, session.contact + timeout);
    }

    private void heard(Session session) {
        if (session.ended) {
            sessions.remove(session);
            session.closed = true;
            if (session.next != null) {
                session.next.cancel();
            }
            session.owner.expired();
        } else if (session.told) {
            session.told = false;
            session.owner.reconnected();
        }
    }

    private void expire(Session session) {
        if (session.ended) {
            return;
        }
        session.ended = true;
        boolean anyLease = removeLeases(session);
        if (holder == session) {
            holder = null;
            notifyWatchers();
        } else if (anyLease) {
            notifyWatchers();
        }
        if (session.abandoned) {
            sessions.remove(session);
        }
        if (session.silent) {
            // A process that died never hears of it; one that is paused asks when it runs again.
            if (session.next != null) {
                session.next.cancel();
                session.next = null;
            }
        } else if (loss(session) == 0) {
            sessions.remove(session);
            session.closed = true;
            session.owner.expired();
        }
    }

    // ---- leases

    /** False when another session still holds the host's lease. */
    boolean lease(Session session, HostRegistration registration) {
        Lease held = leases.get(registration.host());
        if (session.ended || (held != null && held.session() != session)) {
            return false;
        }
        leases.put(registration.host(), new Lease(registration, session, timeline.now()));
        known.put(registration.host(), registration);
        left.remove(registration.agentSession());
        notifyWatchers();
        return true;
    }

    /** The agent takes its leave on purpose. */
    void leave(Session session, HostRegistration registration) {
        left.add(registration.agentSession());
        removeLeases(session);
        notifyWatchers();
    }

    private boolean removeLeases(Session session) {
        leases.forEach((host, lease) -> {
            if (lease.session() == session) {
                confirmed.put(host, Math.max(lease.since(), confirmation(session)));
            }
        });
        return leases.values().removeIf(lease -> lease.session() == session);
    }

    // ---- confirmations of leases

    /** When the owner of a session has had its lease confirmed last, once there is one. */
    private long confirmation(Session session) {
        long last = session.well ? timeline.now() : session.heard;
        return last - last % CONFIRMED_EACH;
    }

    /** When the last write of this session took effect that found its lease there, or null before the first. */
    @Nullable
    Long confirmedFrom(Session session, HostId host) {
        Lease held = leases.get(host);
        if (held == null || held.session() != session || confirmation(session) < held.since()) {
            return null;
        }
        return confirmation(session);
    }

    /** Since when that session has held the host's lease and nothing stood between them; never if it is not so. */
    long leaseWellSince(Session session, HostId host) {
        Lease held = leases.get(host);
        return held == null || held.session() != session || !session.well
                ? Long.MAX_VALUE
                : Math.max(held.since(), session.wellSince);
    }

    /** What a controller that asks a majority finds of a host's lease; null when it never had one. */
    Confirmations.@Nullable Look confirmations(HostId host) {
        Lease held = leases.get(host);
        HostRegistration last = held == null ? known.get(host) : held.registration();
        if (last == null) {
            return null;
        }
        long at =
                held == null ? confirmed.getOrDefault(host, 0L) : Math.max(held.since(), confirmation(held.session()));
        // The record is made once; the lease that is taken writes it, and so does each confirmation.
        boolean confirms = last.selfFence() != null && (held == null || at > held.since());
        return new Confirmations.Look(new LeaseRecord(last, false, confirms ? 1 : 0), 1, at, held != null);
    }

    List<HostRegistration> held() {
        return leases.values().stream().map(Lease::registration).toList();
    }

    List<HostRegistration> known() {
        return known.values().stream()
                .filter(registration -> !leases.containsKey(registration.host()))
                .toList();
    }

    Set<String> left() {
        return left;
    }

    /** Called after every change of leases and of the leader's node. */
    void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    private void notifyWatchers() {
        List.copyOf(watchers).forEach(Runnable::run);
    }

    // ---- the leader's node

    /** A number that names this holding of the node, when it is free or already this session's; 0 when it is another's. */
    long hold(Session session) {
        if (session.ended) {
            return 0;
        }
        if (holder == null) {
            holder = session;
            holding++;
        }
        return holder == session ? holding : 0;
    }

    void release(Session session) {
        if (holder == session) {
            holder = null;
            notifyWatchers();
        }
    }

    /** Raises the epoch. */
    LeaderEpoch raise() {
        return LeaderEpoch.of(++epoch);
    }

    /** Whose node it is, as the ensemble has it; null when it is nobody's. */
    public @Nullable String leader() {
        return holder == null ? null : holder.party;
    }
}
