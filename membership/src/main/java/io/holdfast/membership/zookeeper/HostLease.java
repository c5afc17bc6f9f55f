package io.holdfast.membership.zookeeper;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.jgroups.GroupMember;
import io.holdfast.secrets.TlsKeys;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's side of membership: a lease in ZooKeeper and a place in the segment's group, kept for ever.
 *
 * <p>Whatever ends them (a lost session, a restart of ZooKeeper or of the controller, a partition) they are made anew as
 * soon as that is possible. Only {@link #close} gives them up, and then the controller sees a leave and not a failure,
 * unless guests still run: nobody concludes anything from the silence of a host that left, so whoever leaves guests behind
 * must stay watched.
 */
public final class HostLease implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HostLease.class);

    /** How often a host that fences itself has its lease confirmed; each time is a write to the ensemble. */
    private static final Duration CONFIRM_INTERVAL = Duration.ofMillis(400);

    private static final Duration LEAVE_HEAD_START = Duration.ofMillis(300);

    private final HostRegistration registration;
    private final Coordination coordination;
    private final KeptNode node;
    private final Upkeep upkeep;
    private final HealthVoice voice;
    private final GroupMember group;
    private final byte[] lease;
    private final BooleanSupplier guestsMayRun;

    /** Until when the server certainly keeps our session, by {@link System#nanoTime}. */
    private volatile long heldUntilNanos;

    private volatile boolean everHeld;

    /** When the last write began that the ensemble acknowledged while our lease was there, or null. */
    private volatile @Nullable Long confirmedFromNanos;

    private boolean foreignTold;
    private long confirmations;
    private long heldCzxid;
    private @Nullable ConnectionStateListener listener;

    private HostLease(
            MembershipSettings settings, HostRegistration registration, TlsKeys tls, BooleanSupplier guestsMayRun) {
        this.registration = registration;
        this.guestsMayRun = guestsMayRun;
        this.coordination = Coordination.connect(settings, tls);
        this.lease = new LeaseRecord(registration, false).encode();
        this.node = new KeptNode(
                coordination,
                path("leases/" + registration.host()),
                data -> LeaseRecord.isOf(data, registration.agentSession()));
        this.upkeep = new Upkeep("lease-" + registration.host(), Duration.ofMillis(250), this::round);
        this.voice = new HealthVoice(coordination, registration);
        this.group = GroupMember.ofAgent(
                settings,
                registration,
                tls,
                network -> new GroupRegister(coordination, registration.segment(), network));
    }

    /**
     * Assembles the lease; nothing leaves before {@link #start}.
     *
     * @param settings must name the ensemble in {@code connect-string}
     * @param guestsMayRun asked once, by {@link #close}: false only when it is certain that no guest runs here. May block
     *     for some seconds
     */
    public static HostLease open(
            MembershipSettings settings, HostRegistration registration, TlsKeys tls, BooleanSupplier guestsMayRun) {
        if (settings.connectString() == null) {
            throw new IllegalArgumentException(
                    "membership.connect-string is missing: an agent must be told where its controllers' ZooKeeper is");
        }
        return new HostLease(settings, registration, tls, guestsMayRun);
    }

    /** What stands in the lease of such a host, for whoever plays hosts. */
    public static byte[] written(HostRegistration registration) {
        return new LeaseRecord(registration, false).encode();
    }

    /** Begins to acquire; returns at once. */
    public void start() {
        listener = coordination.onConnection(connected -> upkeep.poke());
        upkeep.start();
        voice.start();
        group.start();
    }

    /**
     * Whether the controller still counts on this lease. Never blocks, and with one server errs towards no: it is false as
     * soon as the server may have ended the session, even before we can know that it did. With an ensemble the last look
     * may have been answered by a server that was already cut off from the others, and then it can be true for up to
     * {@code syncLimit} ticks too long. Nothing that has to be right may rest on it there.
     */
    public boolean isHeld() {
        return everHeld && System.nanoTime() - heldUntilNanos < 0;
    }

    /**
     * When that write began, by {@link System#nanoTime}, of which a majority of the ensemble has said last that our lease was there
     * when it took effect; null before the first. Unlike {@link #isHeld} it may be relied on with any ensemble: a server that is cut
     * off cannot acknowledge a write. Only a host whose registration says that it fences itself asks for it.
     */
    public @Nullable Long confirmedFromNanos() {
        return everHeld ? confirmedFromNanos : null;
    }

    /**
     * Tells the controllers what the agent finds of its own host, within a second when a grade has changed, and forgets what it was told
     * before. Never blocks. What was told is gone for them when this lease's session ends.
     *
     * @param goodFor how long that says something of now: when nothing more is told by then, they are told that nothing is known
     */
    public void tell(AgentHealth health, Duration goodFor) {
        voice.say(health, goodFor);
    }

    /**
     * Takes leave on purpose. When ZooKeeper cannot be reached there is no leave, and none while guests may run: the
     * controller will suspect this host, and find that its kernel lives and its agent does not, or that it is dead. That is
     * the truth as far as it can know.
     */
    @Override
    public void close() {
        voice.close();
        upkeep.close();
        if (listener != null) {
            coordination.forget(listener);
        }
        everHeld = false;
        try {
            if (guestsMayRun.getAsBoolean()) {
                log.warn(
                        "host {}: the agent stops while guests run, which is no leave: the host is watched on, and isolated"
                                + " if it falls silent",
                        registration.host());
            } else if (coordination.isConnected()) {
                takeLeave();
                // The group's view travels faster than a read of the leases. Without this moment the controllers would
                // miss our voice before they can know that we took leave, and tell of a suspicion.
                LockSupport.parkNanos(LEAVE_HEAD_START.toNanos());
                log.info("host {}: took leave", registration.host());
            } else {
                log.warn("host {}: stops without taking leave, ZooKeeper cannot be reached", registration.host());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (Exception failure) {
            log.warn("host {}: stops without taking leave: {}", registration.host(), failure.toString());
        }
        group.close();
        coordination.close();
    }

    private void takeLeave() throws Exception {
        CuratorFramework client = coordination.client();
        // The record first: whoever sees the lease gone finds the reason. Both before we leave the group.
        record(new LeaseRecord(registration, true));
        Stat stat = client.checkExists().forPath(path("leases/" + registration.host()));
        if (stat != null && stat.getEphemeralOwner() == coordination.sessionId()) {
            client.delete().forPath(path("leases/" + registration.host()));
        }
    }

    private void round() throws Exception {
        long askedAtNanos = System.nanoTime();
        switch (node.keep(lease)) {
            case KeptNode.Ours ours -> {
                heldUntilNanos = askedAtNanos + coordination.sessionNanos();
                if (!everHeld || ours.czxid() != heldCzxid) {
                    // With every new lease, because the directory of the server may have been lost in between.
                    record(new LeaseRecord(registration, false, confirmations));
                    heldCzxid = ours.czxid();
                }
                if (!everHeld || foreignTold) {
                    log.info(
                            "host {}: lease taken (boot {}, session {})",
                            registration.host(),
                            registration.bootId(),
                            registration.agentSession());
                }
                everHeld = true;
                foreignTold = false;
                if (registration.selfFence() != null) {
                    confirm();
                }
            }
            case KeptNode.Foreign foreign -> {
                if (!foreignTold) {
                    foreignTold = true;
                    log.warn(
                            "host {}: another agent session holds the lease; waiting for it to end. If this goes on,"
                                    + " two agents use the same host name: {}",
                            registration.host(),
                            foreign.data());
                }
            }
        }
    }

    /**
     * Shows in the host's record, and not in the lease, so that it wakes nobody who watches leases, and so that it can be seen when the
     * lease is gone. Both in one transaction: whoever finds the record unchanged knows that nothing was confirmed since.
     */
    private void confirm() throws Exception {
        long beganNanos = System.nanoTime();
        Long last = confirmedFromNanos;
        if (last == null || beganNanos - last >= CONFIRM_INTERVAL.toNanos()) {
            CuratorFramework client = coordination.client();
            client.transaction()
                    .forOperations(
                            client.transactionOp().check().forPath(path("leases/" + registration.host())),
                            client.transactionOp()
                                    .setData()
                                    .forPath(
                                            path("hosts/" + registration.host()),
                                            new LeaseRecord(registration, false, confirmations + 1).encode()));
            confirmations++;
            confirmedFromNanos = beganNanos;
        }
    }

    private void record(LeaseRecord record) throws Exception {
        CuratorFramework client = coordination.client();
        String path = path("hosts/" + registration.host());
        byte[] data = record.encode();
        Stat stat = client.checkExists().forPath(path);
        if (stat == null) {
            client.create()
                    .creatingParentsIfNeeded()
                    .withMode(CreateMode.PERSISTENT)
                    .forPath(path, data);
        } else if (!Arrays.equals(client.getData().forPath(path), data)) {
            client.setData().forPath(path, data);
        }
    }

    private String path(String below) {
        return Coordination.path(registration.segment(), below);
    }
}
