package io.holdfast.chaos.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.zookeeper.Crowd;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.zookeeper.HostLease;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The process in which the agents of a measurement live, apart from the controller's. Takes one order a line on its
 * standard input, answers each with one line of JSON, and ends with its input.
 *
 * <pre>
 * warm N             N light agents of another segment come, stay for some seconds and go
 * arrive N MILLIS    N light agents come, evenly over that time
 * beat               from now on every light agent sends heartbeats
 * crash FROM TO      light agents with these numbers are gone
 * whole N            N agents as they are: a whole HostLease each, with a channel in the group
 * counts
 * </pre>
 */
final class CrowdProcess {

    private static final Duration WARM_UP = Duration.ofSeconds(10);

    private CrowdProcess() {}

    /** Arguments: where ZooKeeper is, the port of the ear, segment, session time-out in ms, key store, trust store, password file. */
    public static void main(String[] arguments) throws IOException {
        PrintWriter out = Terminal.ofThisProcess().out();
        Logging.silence();
        int colon = arguments[0].lastIndexOf(':');
        InetSocketAddress server = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0].substring(colon + 1)));
        SegmentId segment = SegmentId.of(arguments[2]);
        TlsKeys tls = new TlsKeys(
                "tls",
                new TlsFiles(Path.of(arguments[4]), Path.of(arguments[5]), SecretFile.of(Path.of(arguments[6]))),
                SecretReader.ofCommand(Map.of()));
        MembershipSettings settings = MembershipSettings.defaults().at(arguments[0], "127.0.0.1", 0, 0);
        List<HostLease> whole = new ArrayList<>();
        try (Crowd crowd = new Crowd(server, tls, Duration.ofMillis(Long.parseLong(arguments[3])));
                Heartbeats heartbeats = new Heartbeats(
                        crowd,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])),
                        settings.heartbeatInterval());
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "arrive" ->
                        crowd.arrive(segment, Integer.parseInt(words[1]), Duration.ofMillis(Long.parseLong(words[2])));
                    case "crash" -> crowd.crash(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                    case "whole" -> {
                        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                            HostRegistration registration = Crowd.registration(segment, whole.size());
                            HostLease lease = HostLease.open(settings, registration, tls, () -> true);
                            lease.start();
                            whole.add(lease);
                        }
                    }
                    case "warm" -> warm(server, tls, arguments[3], Integer.parseInt(words[1]));
                    case "beat" -> heartbeats.start();
                    case "counts" -> {}
                    default -> throw new IllegalArgumentException("unknown order: " + line);
                }
                Crowd.Counts counts = crowd.counts();
                ObjectNode answer = new ObjectMapper().createObjectNode();
                answer.put(
                                "held",
                                counts.held()
                                        + whole.stream()
                                                .filter(HostLease::isHeld)
                                                .count())
                        .put("received", counts.received())
                        .put("sent", counts.sent())
                        .put("beats", heartbeats.sentBytes())
                        .put("requests", counts.requests())
                        .put("expired", counts.expired())
                        .put("reconnects", counts.reconnects())
                        .put("failures", counts.failures());
                out.println(answer);
                out.flush();
            }
        }
        // Whole agents have threads of their own; that they are gone without a word is what the caller wants.
        Runtime.getRuntime().halt(0);
    }

    /** Both processes have compiled what they need by then, as processes have that have run for a while. */
    private static void warm(InetSocketAddress server, TlsKeys tls, String sessionMillis, int count)
            throws IOException {
        try (Crowd crowd = new Crowd(server, tls, Duration.ofMillis(Long.parseLong(sessionMillis)))) {
            crowd.arrive(SegmentId.of("warm-up"), count, WARM_UP.dividedBy(2));
            LockSupport.parkNanos(WARM_UP.toNanos());
        }
    }
}
