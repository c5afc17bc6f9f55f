package io.holdfast.membership;

import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthTable;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be tuned about "who is alive", with its defaults. All durations are measured by the monotonic
 * clock.
 *
 * @param connectString ZooKeeper ensemble as {@code host:port,host:port}; null (the default) means the embedded server
 *     of this controller. An agent must have it.
 * @param zookeeperPort port of the embedded server, 0 (any free one, for tests) to 65535, default 2181
 * @param bindAddress address on which this process serves ZooKeeper (controller) and the group (both); a concrete
 *     address, because peers are told to call it; default 127.0.0.1
 * @param sessionTimeout how long ZooKeeper keeps a silent lease, 400 ms to 60 s, default 1 s. Too small: an fsync stall
 *     or a garbage collection ends leases of healthy hosts. Too large: the second signal comes late.
 * @param groupPort port of the group channel, 0 to 65535, default 7800; the next ten are tried when it is taken
 * @param groupHosts further group addresses as {@code host:port}, for the time when ZooKeeper cannot be asked; default
 *     none, because every member finds the others through ZooKeeper
 * @param networks the other networks on which the hosts speak with each other (storage, tenant), by name; each has a group of
 *     its own. Default none. The network {@code management} is always there: {@code bindAddress}, {@code groupPort} and
 *     {@code groupHosts} are its settings.
 * @param cut when the observers of a network agree that a host is gone from it
 * @param heartbeatInterval how often a member of the group says that it lives, 20 ms to 10 s, default 100 ms
 * @param heartbeatTimeout silence after which a member is doubted, at least three intervals, at most 60 s, default
 *     350 ms. Too small: a garbage collection or a busy machine makes false suspicions. Too large: the owner is told late.
 * @param verifyTimeout how long a doubted member may answer for itself before the group drops it, 20 ms to 10 s,
 *     default 100 ms
 * @param leaseTime absence of the lease that counts for a verdict by silence, default 3 s, not below sessionTimeout
 * @param groupTime absence from the group that counts for a verdict by silence, default 3 s, not below heartbeatTimeout
 * @param probeTime silence of the probe that counts for a verdict by silence, default 2 s, not below probeTimeout;
 *     at least three calls in a row, the second and third with more patience
 * @param hangTime how long a host with a supervisor may accept connections while none of its processes answers, before
 *     that counts for a verdict by silence, default 2 s, not below probeTimeout. Too small: a host whose memory is full
 *     for a moment is taken for one that is hung.
 * @param probeTimeout how long the first call of a host may take, 20 ms to 10 s, default 300 ms; one that was silent
 *     is given twice, then four times as long
 * @param powerTimeout deadline of one power reading, 50 ms to 60 s, default 2 s
 * @param askTime how long a host of which a signal is missing is asked before it is told as suspected, 0 to 5 s, default
 *     200 ms. Its supervisor's answer keeps it from being told, its power reading off tells it at once. Zero: told unasked.
 *     Too small: each pause of an agent and each lost heartbeat alarms its owners. Too large: owners are told late.
 * @param inquiryInterval how often a missed or suspected host is probed and its power read, 20 ms to 10 s, default 150 ms; held
 *     and degraded hosts are asked less often
 * @param agentSilence how long a host may accept connections while its signals are missing before it is called
 *     degraded, default 3 s
 * @param grace time after start and after an election in which silence condemns nobody, and which a host that is
 *     expected but not seen yet gets before it is suspected, 1 s to 10 min, default 10 s. Too small: a controller that
 *     restarts together with the network condemns hosts that had no chance to come back.
 * @param settleTime time after a disturbance of our own (pause, lost coordination, isolation) in which missing signals
 *     are our fault and not the hosts', 100 ms to 60 s, default 3 s. Must exceed what an agent needs to renew a lease.
 * @param tickInterval how often ages are looked at, 10 ms to 1 s, default 50 ms
 * @param pauseLimit a gap between two looks longer than this means that this process was paused and knows nothing,
 *     and so do clocks (wall and monotonic) that went apart by more between two looks; at least two ticks, default 400 ms
 * @param shareWindow hosts that fell silent within this time of each other fell silent together, default 10 s
 * @param maxShare largest share of the hosts that may be condemned by silence together, above 0, at most 1, default
 *     0.5. When more are silent, the observer is the likelier culprit, and everything is held.
 * @param slotTime how long a host's slot on the shared storage must stand still to count as still, and how old a look at it may be
 *     to count at all, 500 ms to 1 h, default 3 s. Too small: a slow storage looks like a host that does not write.
 * @param verdictRepeat how often a verdict is repeated until recovery acknowledges it, default 5 s
 * @param health the health table: which signals make a host alive, suspected, degraded, isolated or lost, and what follows; rows in
 *     order, the first that matches decides; default {@link HealthTable#defaults}. A table that the file gives replaces the whole.
 */
public record MembershipSettings(
        @Nullable String connectString,
        int zookeeperPort,
        String bindAddress,
        Duration sessionTimeout,
        int groupPort,
        List<String> groupHosts,
        Map<Network, NetworkSettings> networks,
        CutSettings cut,
        Duration heartbeatInterval,
        Duration heartbeatTimeout,
        Duration verifyTimeout,
        Duration leaseTime,
        Duration groupTime,
        Duration probeTime,
        Duration hangTime,
        Duration probeTimeout,
        Duration powerTimeout,
        Duration askTime,
        Duration inquiryInterval,
        Duration agentSilence,
        Duration grace,
        Duration settleTime,
        Duration tickInterval,
        Duration pauseLimit,
        Duration shareWindow,
        double maxShare,
        Duration slotTime,
        Duration verdictRepeat,
        List<HealthRow> health) {

    public MembershipSettings {
        groupHosts = List.copyOf(groupHosts);
        networks = Collections.unmodifiableMap(new TreeMap<>(networks));
        HealthTable table = new HealthTable(health);
        Set<Network> known = new TreeSet<>(networks.keySet());
        known.add(Network.MANAGEMENT);
        table.requireOnly(known);
        health = table.rows();
        if (connectString != null && connectString.isBlank()) {
            throw new IllegalArgumentException(
                    "membership.connect-string must be host:port[,host:port], or left out for the embedded server");
        }
        port("zookeeper-port", zookeeperPort);
        new NetworkSettings(bindAddress, groupPort, groupHosts).check("membership.");
        checkNetworks(bindAddress, groupPort, networks);
        between("session-timeout", sessionTimeout, Duration.ofMillis(400), Duration.ofSeconds(60));
        between("heartbeat-interval", heartbeatInterval, Duration.ofMillis(20), Duration.ofSeconds(10));
        between("heartbeat-timeout", heartbeatTimeout, heartbeatInterval.multipliedBy(3), Duration.ofSeconds(60));
        between("verify-timeout", verifyTimeout, Duration.ofMillis(20), Duration.ofSeconds(10));
        between("lease-time", leaseTime, sessionTimeout, Duration.ofHours(1));
        between("group-time", groupTime, heartbeatTimeout, Duration.ofHours(1));
        between("probe-timeout", probeTimeout, Duration.ofMillis(20), Duration.ofSeconds(10));
        between("probe-time", probeTime, probeTimeout, Duration.ofHours(1));
        between("hang-time", hangTime, probeTimeout, Duration.ofHours(1));
        between("power-timeout", powerTimeout, Duration.ofMillis(50), Duration.ofSeconds(60));
        between("ask-time", askTime, Duration.ZERO, Duration.ofSeconds(5));
        between("inquiry-interval", inquiryInterval, Duration.ofMillis(20), Duration.ofSeconds(10));
        between("agent-silence", agentSilence, Duration.ofMillis(100), Duration.ofHours(1));
        between("grace", grace, Duration.ofSeconds(1), Duration.ofMinutes(10));
        between("settle-time", settleTime, Duration.ofMillis(100), Duration.ofSeconds(60));
        between("tick-interval", tickInterval, Duration.ofMillis(10), Duration.ofSeconds(1));
        between("pause-limit", pauseLimit, tickInterval.multipliedBy(2), Duration.ofMinutes(1));
        between("share-window", shareWindow, Duration.ofMillis(100), Duration.ofHours(1));
        if (!(maxShare > 0 && maxShare <= 1)) {
            throw new IllegalArgumentException("membership.max-share must be above 0 and at most 1, is " + maxShare);
        }
        between("slot-time", slotTime, Duration.ofMillis(500), Duration.ofHours(1));
        between("verdict-repeat", verdictRepeat, Duration.ofMillis(100), Duration.ofHours(1));
    }

    public static MembershipSettings defaults() {
        return new MembershipSettings(
                null,
                2181,
                "127.0.0.1",
                Duration.ofSeconds(1),
                7800,
                List.of(),
                Map.of(),
                CutSettings.defaults(),
                Duration.ofMillis(100),
                Duration.ofMillis(350),
                Duration.ofMillis(100),
                Duration.ofSeconds(3),
                Duration.ofSeconds(3),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofMillis(300),
                Duration.ofSeconds(2),
                Duration.ofMillis(200),
                Duration.ofMillis(150),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Duration.ofSeconds(3),
                Duration.ofMillis(50),
                Duration.ofMillis(400),
                Duration.ofSeconds(10),
                0.5,
                Duration.ofSeconds(3),
                Duration.ofSeconds(5),
                HealthTable.defaults().rows());
    }

    /** The same settings, told where ZooKeeper and the group are; what a process knows only once it runs. */
    public MembershipSettings at(@Nullable String connectString, String bindAddress, int zookeeperPort, int groupPort) {
        return new MembershipSettings(
                connectString,
                zookeeperPort,
                bindAddress,
                sessionTimeout,
                groupPort,
                groupHosts,
                networks,
                cut,
                heartbeatInterval,
                heartbeatTimeout,
                verifyTimeout,
                leaseTime,
                groupTime,
                probeTime,
                hangTime,
                probeTimeout,
                powerTimeout,
                askTime,
                inquiryInterval,
                agentSilence,
                grace,
                settleTime,
                tickInterval,
                pauseLimit,
                shareWindow,
                maxShare,
                slotTime,
                verdictRepeat,
                health);
    }

    /** The same settings with another grace period. */
    public MembershipSettings withGrace(Duration grace) {
        return new MembershipSettings(
                connectString,
                zookeeperPort,
                bindAddress,
                sessionTimeout,
                groupPort,
                groupHosts,
                networks,
                cut,
                heartbeatInterval,
                heartbeatTimeout,
                verifyTimeout,
                leaseTime,
                groupTime,
                probeTime,
                hangTime,
                probeTimeout,
                powerTimeout,
                askTime,
                inquiryInterval,
                agentSilence,
                grace,
                settleTime,
                tickInterval,
                pauseLimit,
                shareWindow,
                maxShare,
                slotTime,
                verdictRepeat,
                health);
    }

    /** The same settings with another health table. */
    public MembershipSettings with(HealthTable table) {
        return new MembershipSettings(
                connectString,
                zookeeperPort,
                bindAddress,
                sessionTimeout,
                groupPort,
                groupHosts,
                networks,
                cut,
                heartbeatInterval,
                heartbeatTimeout,
                verifyTimeout,
                leaseTime,
                groupTime,
                probeTime,
                hangTime,
                probeTimeout,
                powerTimeout,
                askTime,
                inquiryInterval,
                agentSilence,
                grace,
                settleTime,
                tickInterval,
                pauseLimit,
                shareWindow,
                maxShare,
                slotTime,
                verdictRepeat,
                table.rows());
    }

    /** The same settings with these networks beside {@code management}. */
    public MembershipSettings withNetworks(Map<Network, NetworkSettings> networks) {
        return new MembershipSettings(
                connectString,
                zookeeperPort,
                bindAddress,
                sessionTimeout,
                groupPort,
                groupHosts,
                networks,
                cut,
                heartbeatInterval,
                heartbeatTimeout,
                verifyTimeout,
                leaseTime,
                groupTime,
                probeTime,
                hangTime,
                probeTimeout,
                powerTimeout,
                askTime,
                inquiryInterval,
                agentSilence,
                grace,
                settleTime,
                tickInterval,
                pauseLimit,
                shareWindow,
                maxShare,
                slotTime,
                verdictRepeat,
                health);
    }

    /** Every network that this process knows, {@code management} first, then by name. */
    public Map<Network, NetworkSettings> everyNetwork() {
        Map<Network, NetworkSettings> every = new LinkedHashMap<>();
        every.put(Network.MANAGEMENT, new NetworkSettings(bindAddress, groupPort, groupHosts));
        every.putAll(networks);
        return every;
    }

    /** The keys of a network's settings begin so; for messages. */
    public static String prefix(Network network) {
        return network.equals(Network.MANAGEMENT) ? "membership." : "membership.networks." + network + ".";
    }

    private static void checkNetworks(String bindAddress, int groupPort, Map<Network, NetworkSettings> networks) {
        if (networks.containsKey(Network.MANAGEMENT)) {
            throw new IllegalArgumentException("membership.networks must not hold management: membership.bind-address,"
                    + " membership.group-port and membership.group-hosts are its settings");
        }
        Map<String, String> taken = new HashMap<>();
        taken.put(bindAddress + " port " + groupPort, "membership.bind-address");
        networks.forEach((network, at) -> {
            at.check(prefix(network));
            if (at.bindAddress() != null && at.groupPort() != 0) {
                String place = at.bindAddress() + " port " + at.groupPort();
                String other = taken.putIfAbsent(place, prefix(network) + "bind-address");
                if (other != null) {
                    throw new IllegalArgumentException(prefix(network) + "bind-address must be another address, or"
                            + " group-port another port, than that of " + other + ": both are " + place);
                }
            }
        });
    }

    private static void port(String key, int value) {
        if (value < 0 || value > 65535) {
            throw new IllegalArgumentException("membership." + key + " must be between 0 and 65535, is " + value);
        }
    }

    private static void between(String key, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException("membership." + key + " must be between " + text(least) + " and "
                    + text(most) + ", is " + text(value));
        }
    }

    private static String text(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
