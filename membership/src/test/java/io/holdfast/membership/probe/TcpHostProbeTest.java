package io.holdfast.membership.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TcpHostProbeTest {

    private static final Duration DEADLINE = Duration.ofMillis(300);

    private final TcpHostProbe probe = new TcpHostProbe();

    @Test
    void aListeningPortAccepts() throws IOException {
        try (ServerSocket agent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(probe.call(at("127.0.0.1", agent.getLocalPort()), DEADLINE))
                    .isEqualTo(Reachability.ACCEPTED);
        }
    }

    @Test
    void aPortThatNobodyHoldsRefusesBecauseTheKernelLives() throws IOException {
        int port;
        try (ServerSocket agent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = agent.getLocalPort();
        }
        assertThat(probe.call(at("127.0.0.1", port), DEADLINE)).isEqualTo(Reachability.REFUSED);
    }

    /** A full backlog on Linux: the kernel drops what comes, and nothing is answered. */
    @Test
    void whatIsNotAnsweredWithinTheDeadlineIsSilent() throws IOException {
        List<Socket> waiting = new ArrayList<>();
        try (ServerSocket agent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Reachability last = Reachability.ACCEPTED;
            for (int i = 0; i < 20 && last == Reachability.ACCEPTED; i++) {
                Socket one = new Socket();
                waiting.add(one);
                try {
                    one.connect(new InetSocketAddress("127.0.0.1", agent.getLocalPort()), 100);
                } catch (IOException full) {
                    last = probe.call(at("127.0.0.1", agent.getLocalPort()), DEADLINE);
                }
            }
            assertThat(last).isEqualTo(Reachability.SILENT);
        } finally {
            for (Socket one : waiting) {
                one.close();
            }
        }
    }

    @Test
    void aNameThatCannotBeResolvedSaysNothingOfTheHost() {
        assertThat(probe.call(at("nobody.invalid", 1), DEADLINE)).isEqualTo(Reachability.UNKNOWN);
    }

    private static HostRegistration at(String address, int port) {
        return new HostRegistration(
                HostId.of("h1"),
                SegmentId.of("default"),
                "zone",
                "boot",
                "session",
                address,
                port,
                new Resources(1, 1, 1));
    }
}
