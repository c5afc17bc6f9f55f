package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.cut.Member;
import io.holdfast.secrets.TlsKeys;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.Message;
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

/** A place in a network's group, kept for ever: connecting is repeated, and a channel that ended is replaced. */
final class GroupChannel implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GroupChannel.class);

    /** What a member's address carries, readable by all who see it in a view. */
    private static final String HOST = "h";

    private static final String CONTROLLER = "c";
    private static final String SESSION = "s";
    private static final String OLDER_RELEASE = "-";

    /** Beyond this, addresses of members that are gone are not kept. */
    private static final int ADDRESSES_MAX = 5000;

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
    private static final int RESTING_LOOKS_MAX = 3;
    private static final int DIRECTORY_WAITS = 60;
    private static final long DIRECTORY_WAIT_MILLIS = 50;
    private static final long BACK_OFF_MILLIS_MIN = 200;
    private static final long BACK_OFF_MILLIS_MAX = 5000;
    private static final Duration READ_LIMIT_MIN = Duration.ofSeconds(3);

    /** Who hears what the group says; called on JGroups' threads. */
    interface Ear {

        /** @param members who stands in the view, ourselves too */
        void onView(Set<Member> members);

        /** @param from as its address says; whoever has a certificate of the authority is believed about that */
        void onMessage(Member from, byte[] bytes);
    }

    private final MembershipSettings settings;
    private final GroupPlace place;
    private final TlsKeys tls;
    private final GroupDirectory directory;
    private final Ear ear;
    private final Semaphore closed = new Semaphore(0);
    private final Thread keeper;

    /** Also of those who are in no view any more: they are asked on for a while. */
    private final Map<Member, Address> addresses = new ConcurrentHashMap<>();

    private volatile @Nullable JChannel channel;

    /** Of the keeper's thread alone. */
    private int restingLooks;

    GroupChannel(MembershipSettings settings, GroupPlace place, TlsKeys tls, GroupDirectory directory, Ear ear) {
        this.settings = settings;
        this.place = place;
        this.tls = tls;
        this.directory = directory;
        this.ear = ear;
        this.keeper = Thread.ofPlatform()
                .name("group-" + place.network() + "-" + place.name())
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

    /** Sends, and lets it be lost: nothing is sent again, and whoever misses an answer asks again. Does not block. */
    void send(Member to, byte[] bytes) {
        Address address = addresses.get(to);
        JChannel open = channel;
        if (address == null || open == null || !open.isConnected()) {
            return;
        }
        try {
            open.send(new BytesMessage(address, bytes)
                    .setFlag(Message.Flag.OOB, Message.Flag.NO_RELIABILITY, Message.Flag.NO_FC));
        } catch (Exception closing) {
            // The other end hears nothing of us, which is what it has to find out.
            log.trace("{}: cannot send to {}: {}", place.text(), to, closing.toString());
        }
    }

    /** Whom an address names; empty when it names nobody. A controller of an older release has no session. */
    static Optional<Member> member(Address address) {
        String host = read(address, HOST);
        String controller = read(address, CONTROLLER);
        String session = read(address, SESSION);
        try {
            if (host != null && session != null) {
                return Optional.of(new Member(Member.Kind.HOST, host, session));
            }
            return controller == null
                    ? Optional.empty()
                    : Optional.of(Member.controller(controller, session == null ? OLDER_RELEASE : session));
        } catch (IllegalArgumentException notAMember) {
            return Optional.empty();
        }
    }

    private static @Nullable String read(@Nullable Address member, String key) {
        byte[] value = member instanceof ExtendedUUID extended ? extended.get(key) : null;
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    private void onView(View view) {
        Set<Member> members = new HashSet<>();
        for (Address address : view.getMembers()) {
            member(address).ifPresent(member -> {
                members.add(member);
                addresses.put(member, address);
            });
        }
        if (addresses.size() > ADDRESSES_MAX) {
            addresses.keySet().retainAll(members);
        }
        ear.onView(members);
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
                            place.segment(),
                            place.text(),
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
            log.info("segment {}: {} looks for other groups again", place.segment(), place.text());
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
        opening.setName(place.name());
        opening.addAddressGenerator(this::address);
        opening.setReceiver(new Receiver() {
            @Override
            public void viewAccepted(View view) {
                GroupChannel.this.onView(view);
            }

            @Override
            public void receive(Message message) {
                member(message.getSrc()).ifPresent(from -> {
                    byte[] bytes = new byte[message.getLength()];
                    System.arraycopy(message.getArray(), message.getOffset(), bytes, 0, bytes.length);
                    ear.onMessage(from, bytes);
                });
            }
        });
        channel = opening;
        opening.connect(place.cluster());
        PhysicalAddress physical =
                (PhysicalAddress) opening.down(new Event(Event.GET_PHYSICAL_ADDRESS, opening.getAddress()));
        if (physical instanceof IpAddress address) {
            directory.publish(
                    place.name(), new GroupAddress(address.getIpAddress().getHostAddress(), address.getPort()));
        }
        log.info("segment {}: {} is in the group at {}", place.segment(), place.text(), physical);
    }

    private Address address() {
        Member self = place.self();
        ExtendedUUID address = ExtendedUUID.randomUUID(place.name());
        address.put(self.isHost() ? HOST : CONTROLLER, self.name().getBytes(StandardCharsets.UTF_8));
        address.put(SESSION, self.session().getBytes(StandardCharsets.UTF_8));
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
        tcp.setBindAddress(InetAddress.getByName(place.address()))
                .setBindPort(place.at().groupPort())
                .setPortRange(place.at().groupPort() == 0 ? 0 : 10);
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
                    place.at().groupHosts().stream().map(GroupAddress::parse).toList()),
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
