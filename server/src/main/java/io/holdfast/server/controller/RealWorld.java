package io.holdfast.server.controller;

import io.holdfast.compute.HostAgents;
import io.holdfast.compute.grpc.GrpcHostAgents;
import io.holdfast.compute.grpc.LinkListener;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.configured.ConfiguredDevices;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.Leadership;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.PowerProbe;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.membership.zookeeper.ZooKeeperLeadership;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ZooKeeper and JGroups, gRPC, IPMI. */
final class RealWorld implements World {

    private static final Logger log = LoggerFactory.getLogger(RealWorld.class);

    private final Map<HostId, String> troubles = new ConcurrentHashMap<>();
    private final Map<HostId, Integer> busyPercents = new ConcurrentHashMap<>();
    private final ControllerSettings settings;
    private final MembershipSettings membershipSettings;
    private final TlsKeys tls;
    private final SecretReader secrets;
    private final @Nullable EmbeddedZooKeeper zooKeeper;
    private final Coordination coordination;
    private final GrpcHostAgents agents;
    private final @Nullable WatchedSlots slots;

    private RealWorld(
            ControllerSettings settings,
            MembershipSettings membershipSettings,
            TlsKeys tls,
            SecretReader secrets,
            @Nullable EmbeddedZooKeeper zooKeeper) {
        this.settings = settings;
        this.membershipSettings = membershipSettings;
        this.tls = tls;
        this.secrets = secrets;
        this.zooKeeper = zooKeeper;
        this.coordination = Coordination.connect(membershipSettings, tls);
        this.agents = new GrpcHostAgents(tls, new Lines());
        this.slots = settings.fencing().slot().path() == null
                ? null
                : new WatchedSlots(settings.fencing().slot(), settings.segmentId(), settings.name(), coordination);
    }

    /** Starts the embedded ZooKeeper unless an ensemble is named, and connects. */
    static RealWorld open(ControllerSettings settings, SecretReader secrets) throws IOException {
        TlsKeys tls = new TlsKeys("tls", settings.ownIdentity(), secrets);
        MembershipSettings membership = settings.membership();
        if (membership.connectString() != null) {
            return new RealWorld(settings, membership, tls, secrets, null);
        }
        EmbeddedZooKeeper zooKeeper =
                EmbeddedZooKeeper.start(settings.stateDirectory().resolve("zookeeper"), membership, tls);
        try {
            MembershipSettings connected = membership.at(
                    zooKeeper.connectString(), membership.bindAddress(), zooKeeper.port(), membership.groupPort());
            return new RealWorld(settings, connected, tls, secrets, zooKeeper);
        } catch (RuntimeException e) {
            zooKeeper.close();
            throw e;
        }
    }

    @Override
    public HostAgents agents() {
        return agents;
    }

    @Override
    public FenceDevices fenceDevices(FenceDevice kdump) {
        return slots == null
                ? ConfiguredDevices.watching(settings.fencing(), secrets, kdump)
                : ConfiguredDevices.of(settings.fencing(), secrets, slots.device(), kdump);
    }

    private final class Lines implements LinkListener {
        @Override
        public void changed(HostId host, boolean connected, String trouble) {
            String before = troubles.put(host, trouble);
            if (!trouble.equals(before == null ? "" : before)) {
                log.info("agent of {} {}", host, trouble.isEmpty() ? "is well" : "is in trouble: " + trouble);
            }
            if (!connected) {
                // What nobody says any more says nothing of now.
                busyPercents.remove(host);
            }
        }

        @Override
        public void busy(HostId host, int percent) {
            busyPercents.put(host, percent);
        }
    }

    @Override
    public Map<HostId, Integer> busyPercents() {
        return Map.copyOf(busyPercents);
    }

    @Override
    public String agentTrouble(HostId host) {
        return troubles.getOrDefault(host, "");
    }

    @Override
    public Leadership leadership(LeaderEpoch atLeast, Supplier<String> address, Leadership.Listener listener) {
        return ZooKeeperLeadership.open(
                membershipSettings, settings.segmentId(), settings.name(), address, coordination, atLeast, listener);
    }

    @Override
    public boolean hasPeers() {
        return zooKeeper == null;
    }

    @Override
    public Membership membership(PowerProbe power, GuestProbe guests, Consumer<MembershipEvent> sink) {
        return Membership.open(
                membershipSettings, settings.segmentId(), settings.name(), coordination, tls, power, guests, sink);
    }

    @Override
    public void watchSlots(Consumer<Map<HostId, SlotSign>> told) {
        if (slots != null) {
            slots.start(told);
        }
    }

    @Override
    public void close() {
        if (slots != null) {
            slots.close();
        }
        agents.close();
        coordination.close();
        if (zooKeeper != null) {
            zooKeeper.close();
        }
    }
}
