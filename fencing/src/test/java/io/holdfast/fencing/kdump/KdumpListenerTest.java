package io.holdfast.fencing.kdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.KdumpSettings;
import io.holdfast.model.HostId;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real datagrams over loopback, and the real sender where it is installed. */
@Timeout(60)
class KdumpListenerTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final byte[] MESSAGE = {0x40, 0x2A, 0x30, 0x1B, 1, 0, 0, 0};
    private static final Path SENDER = Path.of("/usr/libexec/fence-agents/fence_kdump_send");

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final InstantSource clock = now::get;

    private static KdumpSettings settings(int port) {
        return new KdumpSettings(
                "127.0.0.1",
                port,
                Map.of("h1", List.of("127.0.0.11", "::1"), "h2", List.of("127.0.0.12")),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofSeconds(20));
    }

    @Test
    void aHostThatSaysSoIsDumpingUntilItIsQuietAndNobodyElseIs() throws Exception {
        try (KdumpListener listener = KdumpListener.open(settings(0), clock)) {
            assertThat(listener.of(H1, false)).isEmpty();
            send(listener, "127.0.0.11", MESSAGE);
            await().until(() -> listener.of(H1, false).isPresent());
            assertThat(listener.of(H1, false).orElseThrow().heard()).isTrue();
            assertThat(listener.of(H2, false)).isEmpty();
            assertThat(listener.of(H2, true).orElseThrow().heard())
                    .as("it is given its time")
                    .isFalse();
            assertThat(listener.of(HostId.of("h3"), true))
                    .as("nobody has said where it is")
                    .isEmpty();
            now.set(now.get().plusSeconds(30));
            assertThat(listener.of(H1, true)).isEmpty();
        }
    }

    @Test
    void whatIsNoMessageOrComesFromAStrangerIsDroppedAndCounted() throws Exception {
        try (KdumpListener listener = KdumpListener.open(settings(0), clock)) {
            send(listener, "127.0.0.13", MESSAGE);
            send(listener, "127.0.0.11", new byte[0]);
            send(listener, "127.0.0.11", new byte[8]);
            send(listener, "127.0.0.11", new byte[60_000]);
            byte[] longer = java.util.Arrays.copyOf(MESSAGE, 9);
            send(listener, "127.0.0.11", longer);
            await().until(() -> listener.dropped().equals(new KdumpListener.Dropped(4, 1)));
            assertThat(listener.of(H1, false)).isEmpty();

            send(listener, "127.0.0.11", MESSAGE);
            await().until(() -> listener.of(H1, false).isPresent());
        }
    }

    @Test
    void withoutAnAddressItHearsNothingAndSaysNothing() {
        try (KdumpListener listener = KdumpListener.open(KdumpSettings.none(), clock)) {
            assertThat(listener.port()).isZero();
            assertThat(listener.of(H1, true)).isEmpty();
        }
    }

    @Test
    void aPortThatIsTakenIsToldByName() {
        try (KdumpListener first = KdumpListener.open(settings(0), clock)) {
            assertThatThrownBy(() -> KdumpListener.open(settings(first.port()), clock))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("fencing.kdump: cannot listen on 127.0.0.1 port " + first.port());
        }
    }

    @Test
    void theRealSenderIsHeard() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(SENDER), "fence_kdump_send is not installed");
        KdumpSettings own = new KdumpSettings(
                "127.0.0.1",
                0,
                Map.of("h1", List.of("127.0.0.1")),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ZERO);
        try (KdumpListener listener = KdumpListener.open(own, clock)) {
            Process sender = new ProcessBuilder(
                            SENDER.toString(),
                            "-p",
                            Integer.toString(listener.port()),
                            "-c",
                            "1",
                            "-i",
                            "1",
                            "127.0.0.1")
                    .redirectErrorStream(true)
                    .start();
            try {
                await().until(() -> listener.of(H1, false).isPresent());
                assertThat(listener.dropped()).isEqualTo(new KdumpListener.Dropped(0, 0));
            } finally {
                sender.destroyForcibly();
                assertThat(sender.waitFor(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private static void send(KdumpListener to, String from, byte[] bytes) throws Exception {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0))) {
            socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral("127.0.0.1"), to.port()));
        }
    }
}
