package io.holdfast.membership.zookeeper;

import io.holdfast.membership.Leadership;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
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
 * <p>The epoch is a number in a node that stays, raised by compare-and-set after the node was won, and only used when a
 * further look shows that the node is still the one we won. So no two leaderships ever share an epoch, and an epoch
 * that was raised but lost again is simply never used. If the server's directory was lost, the number starts again from
 * {@code atLeast}, which the caller takes from the database.
 *
 * <p>A Curator latch was not taken: it says "leader" without a word on the epoch, and its resets would have to
 * be told from real changes.
 */
public final class ZooKeeperLeadership implements Leadership {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperLeadership.class);

    private final SegmentId segment;
    private final String name;
    private final Coordination coordination;
    private final LeaderEpoch atLeast;
    private final Listener listener;
    private final Upkeep upkeep;
    private final KeptNode node;

    private volatile @Nullable Term term;

    /** An epoch at which we led, and until when our lease on it is certainly good, by {@link System#nanoTime}. */
    private record Term(LeaderEpoch epoch, long czxid, long goodUntilNanos) {}

    private ZooKeeperLeadership(
            SegmentId segment, String name, Coordination coordination, LeaderEpoch atLeast, Listener listener) {
        this.segment = segment;
        this.name = name;
        this.coordination = coordination;
        this.atLeast = atLeast;
        this.listener = listener;
        // Nobody else is told a controller's unique name, so a node that carries ours is from our own earlier session.
        String own = name + " " + java.util.UUID.randomUUID();
        this.node = new KeptNode(
                coordination,
                Coordination.path(segment, "leader/holder"),
                data -> new String(data, StandardCharsets.UTF_8).equals(own));
        byte[] data = own.getBytes(StandardCharsets.UTF_8);
        this.upkeep = new Upkeep("leader-" + segment, Duration.ofMillis(200), () -> round(data));
    }

    /**
     * Assembles; stands for election from {@link #start} on.
     *
     * @param name this controller's name, for people
     * @param atLeast the highest epoch that the database has seen: the next one will be higher, even if ZooKeeper's
     *     directory was lost
     */
    public static Leadership open(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            Coordination coordination,
            LeaderEpoch atLeast,
            Listener listener) {
        return new ZooKeeperLeadership(segment, name, coordination, atLeast, listener);
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

    /** Resigns, so that another controller need not wait for the session to end. */
    @Override
    public void close() {
        upkeep.close();
        Term held = term;
        if (held != null) {
            depose(held);
            try {
                if (coordination.isConnected()) {
                    Stat stat = coordination.client().checkExists().forPath(path("holder"));
                    if (stat != null && stat.getCzxid() == held.czxid()) {
                        coordination.client().delete().forPath(path("holder"));
                    }
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (Exception unreachable) {
                log.info("segment {}: resigns without saying so ({})", segment, unreachable.toString());
            }
        }
    }

    private void round(byte[] data) throws Exception {
        Term held = term;
        KeptNode.Look look;
        long askedAtNanos = System.nanoTime();
        try {
            look = node.keep(data);
        } catch (Exception unreachable) {
            if (held != null && System.nanoTime() - held.goodUntilNanos() >= 0) {
                depose(held);
            }
            throw unreachable;
        }
        switch (look) {
            case KeptNode.Foreign _ -> {
                if (held != null) {
                    depose(held);
                }
            }
            case KeptNode.Ours ours -> {
                if (held != null && held.czxid() == ours.czxid()) {
                    term = new Term(held.epoch(), held.czxid(), goodUntil(askedAtNanos));
                } else {
                    if (held != null) {
                        // Our node ended and was made anew: somebody else may have led in between.
                        depose(held);
                    }
                    elect(ours.czxid(), data);
                }
            }
        }
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
        return askedAtNanos + coordination.sessionNanos() / 10 * 9;
    }

    private String path(String below) {
        return Coordination.path(segment, "leader/" + below);
    }

    private static byte[] bytes(LeaderEpoch epoch) {
        return Long.toString(epoch.value()).getBytes(StandardCharsets.UTF_8);
    }
}
