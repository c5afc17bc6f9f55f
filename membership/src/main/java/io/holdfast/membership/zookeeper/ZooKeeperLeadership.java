package io.holdfast.membership.zookeeper;

import io.holdfast.membership.Leadership;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leadership by an ephemeral node that the first controller makes.
 *
 * <p>Every 200 ms the owner thread looks whether the node is ours. The look is also what renews {@link #mayAct}: a
 * session whose server answered a call made at time t cannot end before t + session timeout, so acting until nine tenths
 * of that is safe on our own monotonic clock, whatever the network does.
 *
 * <p>With several servers that argument needs two more stones. A server that is cut off from the others goes on answering
 * reads until it notices, which takes longer than a session: so a leader's look begins with a <em>write</em>, which only a
 * majority can answer. And a server passes on that it heard from us with the next ping of the ensemble's leader, half a
 * tick later; a tick is at most half a session timeout, so a quarter of the timeout is taken off.
 *
 * <p>The epoch is a number in a node that stays, raised by compare-and-set after the node was won, and only used when a
 * further look shows that the node is still the one we won. So no two leaderships ever share an epoch, and an epoch
 * that was raised but lost again is simply never used. If the server's directory was lost, the number starts again from
 * {@code atLeast}, which the caller takes from the database, at the start and whenever the database knows better.
 *
 * <p>A Curator latch was not taken: it says "leader" without a word on the epoch, and its resets would have to
 * be told from real changes.
 */
public final class ZooKeeperLeadership implements Leadership {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperLeadership.class);

    private final SegmentId segment;
    private final String name;
    private final Coordination coordination;
    private final Supplier<String> address;
    private final Listener listener;
    private final Upkeep upkeep;
    private final KeptNode node;

    private final String own;

    /** The epochs up to this one are used up. Only rises. */
    private volatile LeaderEpoch atLeast;

    private volatile boolean aside;
    private volatile String leaderAddress = "";
    private volatile @Nullable Term term;

    /** An epoch at which we led, and until when our lease on it is certainly good, by {@link System#nanoTime}. */
    private record Term(LeaderEpoch epoch, long czxid, long goodUntilNanos) {}

    private ZooKeeperLeadership(
            SegmentId segment,
            String name,
            Supplier<String> address,
            Coordination coordination,
            LeaderEpoch atLeast,
            Listener listener) {
        this.segment = segment;
        this.name = name;
        this.address = address;
        this.coordination = coordination;
        this.atLeast = atLeast;
        this.listener = listener;
        // Nobody else is told a controller's unique name, so a node that carries ours is from our own earlier session.
        this.own = name + " " + java.util.UUID.randomUUID() + " ";
        this.node = new KeptNode(
                coordination,
                Coordination.path(segment, "leader/holder"),
                data -> new String(data, StandardCharsets.UTF_8).startsWith(own));
        this.upkeep = new Upkeep("leader-" + segment, Duration.ofMillis(200), this::round);
    }

    /**
     * Assembles; stands for election from {@link #start} on.
     *
     * @param name this controller's name, for people
     * @param address asked at each look: what {@link #leaderAddress} shall say elsewhere while this process leads, without
     *     blanks; may be empty, and may change
     * @param atLeast the highest epoch that the database has seen: the next one will be higher, even if ZooKeeper's
     *     directory was lost
     */
    public static Leadership open(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            Supplier<String> address,
            Coordination coordination,
            LeaderEpoch atLeast,
            Listener listener) {
        return new ZooKeeperLeadership(segment, name, address, coordination, atLeast, listener);
    }

    @Override
    public void start() {
        upkeep.start();
    }

    @Override
    public Optional<LeaderEpoch> current() {
        Term held = term;
        return held == null || System.nanoTime() - held.goodUntilNanos() >= 0
                ? Optional.empty()
                : Optional.of(held.epoch());
    }

    @Override
    public boolean mayAct(SegmentId forSegment, LeaderEpoch epoch) {
        Term held = term;
        return held != null
                && forSegment.equals(segment)
                && held.epoch().equals(epoch)
                && System.nanoTime() - held.goodUntilNanos() < 0;
    }

    @Override
    public Optional<String> leaderAddress() {
        return leaderAddress.isEmpty() ? Optional.empty() : Optional.of(leaderAddress);
    }

    @Override
    public void outranked(LeaderEpoch known) {
        if (atLeast.isOlderThan(known)) {
            log.warn(
                    "segment {}: the database knows leader epoch {}; the next one here will be higher", segment, known);
            atLeast = known;
            upkeep.poke();
        }
    }

    @Override
    public void stepAside(boolean nowAside) {
        if (aside != nowAside) {
            aside = nowAside;
            upkeep.poke();
        }
    }

    /** Resigns, so that another controller need not wait for the session to end. */
    @Override
    public void close() {
        upkeep.close();
        Term held = term;
        if (held != null) {
            depose(held);
            try {
                if (coordination.isConnected()) {
                    node.release();
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (Exception unreachable) {
                log.info("segment {}: resigns without saying so ({})", segment, unreachable.toString());
            }
        }
    }

    private void round() throws Exception {
        Term held = term;
        try {
            if (aside) {
                standAside(held);
            } else {
                stand(held);
            }
        } catch (Exception unreachable) {
            leaderAddress = "";
            if (held != null && held.equals(term) && System.nanoTime() - held.goodUntilNanos() >= 0) {
                depose(held);
            }
            throw unreachable;
        }
    }

    private void standAside(@Nullable Term held) throws Exception {
        if (held != null) {
            depose(held);
        }
        node.release();
        leaderAddress = node.foreign().map(ZooKeeperLeadership::addressIn).orElse("");
    }

    private void stand(@Nullable Term held) throws Exception {
        byte[] data = (own + address.get()).getBytes(StandardCharsets.UTF_8);
        long askedAtNanos = System.nanoTime();
        if (held != null && coordination.isEnsemble()) {
            askMajority();
        }
        switch (node.keep(data)) {
            case KeptNode.Foreign foreign -> {
                leaderAddress = addressIn(foreign.data());
                if (held != null) {
                    depose(held);
                }
            }
            case KeptNode.Ours ours -> {
                leaderAddress = "";
                if (held != null && held.czxid() == ours.czxid() && atLeast.isOlderThan(held.epoch())) {
                    term = new Term(held.epoch(), held.czxid(), goodUntil(askedAtNanos));
                } else {
                    if (held != null) {
                        // Our node ended and was made anew, and somebody else may have led in between; or our epoch was
                        // used before.
                        depose(held);
                    }
                    elect(ours.czxid(), data);
                }
            }
        }
    }

    /** A write, which a server without a majority cannot answer. What is read after it is no older than it. */
    private void askMajority() throws Exception {
        CuratorFramework client = coordination.client();
        byte[] pulse = own.getBytes(StandardCharsets.UTF_8);
        try {
            client.setData().forPath(path("pulse"), pulse);
        } catch (KeeperException.NoNodeException first) {
            try {
                client.create().creatingParentsIfNeeded().forPath(path("pulse"), pulse);
            } catch (KeeperException.NodeExistsException race) {
                client.setData().forPath(path("pulse"), pulse);
            }
        }
    }

    /** The third word; a holder of an earlier release has written two. */
    private static String addressIn(String holder) {
        String[] words = holder.split(" ", 3);
        return words.length == 3 ? words[2].strip() : "";
    }

    private void elect(long czxid, byte[] data) throws Exception {
        Optional<LeaderEpoch> raised = raise();
        long askedAtNanos = System.nanoTime();
        if (raised.isPresent() && node.keep(data) instanceof KeptNode.Ours ours && ours.czxid() == czxid) {
            term = new Term(raised.get(), czxid, goodUntil(askedAtNanos));
            log.info("segment {}: {} leads at epoch {}", segment, name, raised.get());
            listener.onElected(raised.get());
        }
    }

    /** The next epoch, or nothing when somebody else raised it at the same time. */
    private Optional<LeaderEpoch> raise() throws Exception {
        CuratorFramework client = coordination.client();
        Stat stat = new Stat();
        try {
            byte[] stored = client.getData().storingStatIn(stat).forPath(path("epoch"));
            long last = Long.parseLong(new String(stored, StandardCharsets.UTF_8).strip());
            LeaderEpoch next = LeaderEpoch.of(Math.max(last, atLeast.value())).next();
            client.setData().withVersion(stat.getVersion()).forPath(path("epoch"), bytes(next));
            return Optional.of(next);
        } catch (KeeperException.NoNodeException first) {
            LeaderEpoch next = atLeast.next();
            try {
                client.create().creatingParentsIfNeeded().forPath(path("epoch"), bytes(next));
                return Optional.of(next);
            } catch (KeeperException.NodeExistsException race) {
                return Optional.empty();
            }
        } catch (KeeperException.BadVersionException race) {
            return Optional.empty();
        }
    }

    private void depose(Term held) {
        term = null;
        log.info("segment {}: {} leads no more (epoch {})", segment, name, held.epoch());
        listener.onDeposed(held.epoch());
    }

    private long goodUntil(long askedAtNanos) throws Exception {
        int percent = coordination.isEnsemble() ? 65 : 90;
        return askedAtNanos + coordination.sessionNanos() / 100 * percent;
    }

    private String path(String below) {
        return Coordination.path(segment, "leader/" + below);
    }

    private static byte[] bytes(LeaderEpoch epoch) {
        return Long.toString(epoch.value()).getBytes(StandardCharsets.UTF_8);
    }
}
