package io.holdfast.chaos.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signals;
import io.holdfast.membership.jgroups.GroupWatch;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.membership.zookeeper.GroupRegister;
import io.holdfast.membership.zookeeper.LeaseWatch;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.Subprocess;
import io.holdfast.secrets.TlsKeys;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A controller's membership with real parts in this process (the embedded ZooKeeper with TLS, the watch over the leases, the
 * machine), and agents in another one. Hosts have no kernels and no power devices of their own: both answer as the
 * crashes of this rig say.
 */
final class Rig implements AutoCloseable {

    static final SegmentId SEGMENT = SegmentId.of("bench");

    private static final Duration POLL = Duration.ofMillis(20);

    private final EmbeddedZooKeeper zooKeeper;
    private final Coordination coordination;
    private final Membership membership;
    private final CountedViews leases;
    private final CountedViews groups;
    private final Process agents;
    private final BufferedWriter orders;
    private final BufferedReader answers;
    private final ConcurrentLinkedQueue<Heard> events = new ConcurrentLinkedQueue<>();
    private final Set<HostId> crashed = ConcurrentHashMap.newKeySet();

    /** @param nanos when the controller said it */
    record Heard(MembershipEvent event, long nanos) {}

    /**
     * @param most how many light agents there will be
     * @param grace for whoever is not heard by the fast signal; long where nobody sends heartbeats
     * @param whole whether the agents are whole ones, in the product's own group
     */
    Rig(Path directory, TlsKeys controller, TlsKeys agent, int most, boolean whole, Duration grace) throws IOException {
        MembershipSettings basis =
                MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0).withGrace(grace);
        this.zooKeeper = EmbeddedZooKeeper.start(directory, basis, controller);
        MembershipSettings settings = basis.at(zooKeeper.connectString(), "127.0.0.1", 0, 0);
        this.coordination = Coordination.connect(settings, controller);
        HeartbeatEar ear = new HeartbeatEar(SEGMENT, most, settings);
        Signals group;
        if (whole) {
            group = GroupWatch.ofController(
                    settings,
                    SEGMENT,
                    "bench",
                    controller,
                    network -> new GroupRegister(coordination, SEGMENT, network));
        } else {
            group = ear;
        }
        this.leases = new CountedViews(new LeaseWatch(coordination, SEGMENT, settings.sessionTimeout()));
        this.groups = new CountedViews(group);
        this.membership = Membership.over(
                settings,
                SEGMENT,
                List.of(leases, groups),
                (where, deadline) -> crashed.contains(where.host()) ? silent(deadline) : Reachability.ACCEPTED,
                (host, deadline) -> crashed.contains(host) ? PowerState.OFF : PowerState.ON,
                GuestProbe.NOBODY,
                event -> events.add(new Heard(event, System.nanoTime())));
        this.agents = process(zooKeeper.connectString(), ear.port(), settings, agent);
        this.orders = agents.outputWriter(StandardCharsets.UTF_8);
        this.answers = agents.inputReader(StandardCharsets.UTF_8);
        membership.start();
    }

    private static Reachability silent(Duration deadline) {
        LockSupport.parkNanos(deadline.toNanos());
        return Reachability.SILENT;
    }

    private static Process process(String connect, int ear, MembershipSettings settings, TlsKeys tls)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-Xmx1g",
                "-Xss256k",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                CrowdProcess.class.getName(),
                connect,
                Integer.toString(ear),
                SEGMENT.value(),
                Long.toString(settings.sessionTimeout().toMillis()),
                tls.keyStore().toString(),
                tls.trustStore().toString(),
                tls.passwordFile().toString()));
        return Subprocess.of(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Gives the process of the agents an order, and returns its counts. */
    JsonNode order(String line) throws IOException {
        orders.write(line);
        orders.newLine();
        orders.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the process of the agents ended at the order '" + line + "'");
        }
        return new ObjectMapper().readTree(answer);
    }

    /** Light agents with these numbers are gone, and so is their power. */
    void crash(int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            crashed.add(HostId.of("h" + i));
        }
        order("crash " + from + " " + to);
    }

    boolean isCrashed(HostId host) {
        return crashed.contains(host);
    }

    int alive() {
        return (int) membership.hosts().stream()
                .filter(host -> host.health() == HostHealth.ALIVE)
                .count();
    }

    CountedViews leases() {
        return leases;
    }

    CountedViews groups() {
        return groups;
    }

    List<Heard> events() {
        return List.copyOf(events);
    }

    long agentsPid() {
        return agents.pid();
    }

    /** False when it did not come true within that time. */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > limit.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        orders.close();
        try {
            if (!agents.waitFor(20, TimeUnit.SECONDS)) {
                agents.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            agents.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        membership.close();
        coordination.close();
        zooKeeper.close();
    }
}
