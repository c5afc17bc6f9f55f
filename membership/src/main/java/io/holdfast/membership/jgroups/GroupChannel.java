package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.PhysicalAddress;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.jgroups.util.ExtendedUUID;
import org.jgroups.util.TLSClientAuth;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A place in a segment's group, kept for ever: connecting is repeated, and a channel that ended is replaced. */
final class GroupChannel implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GroupChannel.class);

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
    private static final int RESTING_LOOKS_MAX = 3;
    private static final int DIRECTORY_WAITS = 60;
    private static final long DIRECTORY_WAIT_MILLIS = 50;
    private static final long BACK_OFF_MILLIS_MIN = 200;
    private static final long BACK_OFF_MILLIS_MAX = 5000;
    private static final Duration READ_LIMIT_MIN = Duration.ofSeconds(3);

    private final MembershipSettings settings;
    private final SegmentId segment;
    private final String name;
    private final Map<String, String> identity;
    private final TlsKeys tls;
    private final GroupDirectory directory;
    private final BiConsumer<View, Address> onView;
    private final Semaphore closed = new Semaphore(0);
    private final Thread keeper;

    private volatile @Nullable JChannel channel;

    /** Of the keeper's thread alone. */
    private int restingLooks;

    /**
     * @param identity what the member's address carries, readable by all who see it in a view
     * @param onView a view and our own address in it; called on JGroups' thread, so it only enqueues
     */
    GroupChannel(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            Map<String, String> identity,
            TlsKeys tls,
            GroupDirectory directory,
            BiConsumer<View, Address> onView) {
        this.settings = settings;
        this.segment = segment;
        this.name = name;
        this.identity = Map.copyOf(identity);
        this.tls = tls;
        this.directory = directory;
        this.onView = onView;
        this.keeper = Thread.ofPlatform()
                .name("group-" + segment + "-" + name)
                .daemon(true)
                .unstarted(this::run);
    }

    void start() {
        keeper.start();
    }

    /** Leaves the group, so that the others need not find out. */
    @Override
    public void close() {
        closed.release();
        try {
            if (keeper.isAlive() && !keeper.join(Duration.ofSeconds(3))) {
                keeper.interrupt();
                keeper.join(Duration.ofSeconds(2));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        directory.close();
    }

    static @Nullable String read(Address member, String key) {
        byte[] value = member instanceof ExtendedUUID extended ? extended.get(key) : null;
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    private void run() {
        long backOffMillis = BACK_OFF_MILLIS_MIN;
        try {
            // Whoever connects before the directory was read founds a group of its own, and merging takes seconds. But
            // a directory that cannot be read must not keep anybody out: the settings may name members as well.
            for (int wait = 0; wait < DIRECTORY_WAITS && !directory.isRead(); wait++) {
                if (isClosed(DIRECTORY_WAIT_MILLIS)) {
                    return;
                }
            }
            while (!isClosed(0)) {
                JChannel open = channel;
                if (open != null && open.isConnected()) {
                    backOffMillis = BACK_OFF_MILLIS_MIN;
                    keepMerging(open);
                    if (isClosed(LOOK_INTERVAL.toMillis())) {
                        break;
                    }
                    continue;
                }
                try {
                    connect();
                } catch (Exception failure) {
                    log.warn(
                            "segment {}: {} cannot take its place in the group ({}); next attempt in {} ms",
                            segment,
                            name,
                            failure.toString(),
                            backOffMillis);
                    if (isClosed(backOffMillis)) {
                        break;
                    }
                    backOffMillis = Math.min(BACK_OFF_MILLIS_MAX, backOffMillis * 2);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            JChannel open = channel;
            if (open != null) {
                open.close();
            }
        }
    }

    /** A view takes less than a second from its announcement; who rests longer waits for one that will not come. */
    private void keepMerging(JChannel open) {
        SegmentMerge merging = merging(open);
        restingLooks = merging.rests() ? restingLooks + 1 : 0;
        if (restingLooks >= RESTING_LOOKS_MAX) {
            log.info("segment {}: {} looks for other groups again", segment, name);
            merging.goOn();
            restingLooks = 0;
        }
    }

    static SegmentMerge merging(JChannel channel) {
        return channel.getProtocolStack().findProtocol(SegmentMerge.class);
    }

    @Nullable
    JChannel channel() {
        return channel;
    }

    private boolean isClosed(long waitMillis) throws InterruptedException {
        if (closed.tryAcquire(waitMillis, TimeUnit.MILLISECONDS)) {
            // Stays readable for the next look.
            closed.release();
            return true;
        }
        return false;
    }

    private void connect() throws Exception {
        JChannel ended = channel;
        if (ended != null) {
            ended.close();
        }
        JChannel opening = new JChannel(stack());
        opening.setName(name);
        opening.addAddressGenerator(this::address);
        opening.setReceiver(new Receiver() {
            @Override
            public void viewAccepted(View view) {
                onView.accept(view, opening.getAddress());
            }
        });
        channel = opening;
        opening.connect("holdfast-" + segment);
        PhysicalAddress physical =
                (PhysicalAddress) opening.down(new Event(Event.GET_PHYSICAL_ADDRESS, opening.getAddress()));
        if (physical instanceof IpAddress address) {
            directory.publish(name, new GroupAddress(address.getIpAddress().getHostAddress(), address.getPort()));
        }
        log.info("segment {}: {} is in the group at {}", segment, name, physical);
    }

    private Address address() {
        ExtendedUUID address = ExtendedUUID.randomUUID(name);
        identity.forEach((key, value) -> {
            var _ = address.put(key, value.getBytes(StandardCharsets.UTF_8));
        });
        return address;
    }

    /** Members of a view hear of each other with every heartbeat, so this much silence is the end of a connection. */
    private static Duration readLimit(MembershipSettings settings) {
        Duration heartbeats = settings.heartbeatTimeout().multipliedBy(3);
        return heartbeats.compareTo(READ_LIMIT_MIN) > 0 ? heartbeats : READ_LIMIT_MIN;
    }

    private Protocol[] stack() throws Exception {
        String password = tls.password();
        SegmentTcp tcp = SegmentTcp.create();
        tcp.setBindAddress(InetAddress.getByName(settings.bindAddress()))
                .setBindPort(settings.groupPort())
                .setPortRange(settings.groupPort() == 0 ? 0 : 10);
        tcp.setBundlerType("per-destination");
        tcp.setSockConnTimeout(300);
        tcp.setPeerAddrReadTimeout(1000);
        tcp.setLinger(0);
        tcp.useVirtualThreads(true);
        tcp.setSuppressTimeDifferentClusterWarnings(60_000);
        tcp.getDiagnosticsHandler();
        tcp.tls(new LimitedTls(readLimit(settings))
                .enabled(true)
                .setProtocols(new String[] {"TLSv1.3"})
                .setKeystorePath(tls.keyStore().toString())
                .setKeystoreType("PKCS12")
                .setKeystorePassword(password)
                .setTruststorePath(tls.trustStore().toString())
                .setTruststoreType("PKCS12")
                .setTruststorePassword(password)
                .setClientAuth(TLSClientAuth.NEED));
        long heartbeatMillis = settings.heartbeatInterval().toMillis();
        return new Protocol[] {
            tcp,
            SegmentPing.over(
                    directory,
                    settings.groupHosts().stream().map(GroupAddress::parse).toList()),
            SegmentMerge.create().setMinInterval(500).setMaxInterval(1500),
            new FD_ALL3()
                    .setInterval(heartbeatMillis)
                    .setTimeout(settings.heartbeatTimeout().toMillis()),
            new VERIFY_SUSPECT2().setTimeout(settings.verifyTimeout().toMillis()),
            new NAKACK2().useMcastXmit(false),
            new UNICAST3(),
            new STABLE(),
            new GMS().printLocalAddress(false).setJoinTimeout(800).setViewAckCollectionTimeout(500)
        };
    }
}
