package io.holdfast.membership;

import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.EmbeddedZooKeeper;
import io.holdfast.membership.zookeeper.HostLease;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A controller or an agent as a process of its own, for tests in network namespaces. Says on its standard output, with
 * the machine's monotonic clock, what it concludes. Ends when its standard input does, so that none is left behind.
 */
final class LabProcess {

    private static final SegmentId SEGMENT = SegmentId.of("lab");

    private LabProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        TlsKeys tls = TestPki.at(directory);
        Closeable held = switch (arguments[0]) {
            case "controller" -> {
                controller(directory, tls, arguments[2]);
                yield () -> {};
            }
            case "agent" -> agent(tls, arguments[2], arguments[3], arguments[4], arguments[5]);
            default -> throw new IllegalArgumentException(arguments[0]);
        };
        while (System.in.read() >= 0) {
            // Nothing is said here; the end of the input is the end of the test.
        }
        held.close();
        System.exit(0);
    }

    private static void controller(Path directory, TlsKeys tls, String address) throws IOException {
        MembershipSettings settings =
                MembershipSettings.defaults().at(null, address, 2181, 7800).withGrace(Duration.ofSeconds(6));
        EmbeddedZooKeeper.start(directory.resolve("zookeeper"), settings, tls);
        Coordination coordination = Coordination.connect(settings, tls);
        Membership[] membership = new Membership[1];
        membership[0] = Membership.open(
                settings,
                SEGMENT,
                "c1",
                coordination,
                tls,
                (host, deadline) -> power(directory, host),
                GuestProbe.NOBODY,
                event -> {
                    say(event.getClass().getSimpleName() + " " + event.host());
                    if (event instanceof MembershipEvent.Lost) {
                        membership[0].acknowledgeLost(event.host());
                    }
                });
        membership[0].start();
    }

    private static PowerState power(Path directory, HostId host) {
        return Files.exists(directory.resolve(host + ".off")) ? PowerState.OFF : PowerState.ON;
    }

    /** Its listener, for the caller to hold: one that nobody refers to is collected and closed, and the host then refuses calls. */
    private static Closeable agent(TlsKeys tls, String host, String address, String controller, String session)
            throws IOException {
        ServerSocket port = new ServerSocket(7900, 50, InetAddress.getByName(address));
        HostRegistration registration = new HostRegistration(
                HostId.of(host), SEGMENT, "z1", "boot", session, address, port.getLocalPort(), Resources.NOTHING);
        HostLease.open(
                        MembershipSettings.defaults().at(controller + ":2181", address, 2181, 7800),
                        registration,
                        tls,
                        () -> true)
                .start();
        return port;
    }

    private static synchronized void say(String what) {
        System.out.println("EVENT " + System.nanoTime() + " " + what);
    }
}
