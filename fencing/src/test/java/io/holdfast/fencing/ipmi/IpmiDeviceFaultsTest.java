package io.holdfast.fencing.ipmi;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a network can do to a device, without a device: nothing but loopback sockets. */
@Timeout(120)
class IpmiDeviceFaultsTest {

    private static final Duration CALL = Duration.ofMillis(800);

    @Test
    void aClosedPortIsUnreachable() throws IOException {
        PowerReading reading = device(IpmiSim.freePort()).readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("unreachable: nobody listens on UDP port");
    }

    @Test
    void anAddressThatCannotBeSentToIsUnreachable() {
        // Sending to a broadcast address is not permitted to a plain socket.
        PowerReading reading = device("255.255.255.255", 623).readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("unreachable:");
    }

    @Test
    void aPortThatSwallowsEverythingIsTimedOutWithinTheDeadline() throws IOException {
        try (DatagramSocket hole = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            long startNanos = System.nanoTime();

            PowerOrder order = device(hole.getLocalPort()).powerOff(CALL);

            assertThat(order.answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);
            assertThat(order.detail()).isEqualTo("timed out: the device does not answer");
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(CALL.plusMillis(400));
        }
    }

    @Test
    void garbageIsGarbledAndNeverOff() throws Exception {
        Thread babbler;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Random random = new Random(42);
            babbler = Thread.ofPlatform().daemon().start(() -> babble(socket, random));
            for (int i = 0; i < 5; i++) {
                PowerReading reading = device(socket.getLocalPort()).readPower(CALL);
                assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
                assertThat(reading.detail()).contains("garbled");
            }
        }
        babbler.join(5000);
        assertThat(babbler.isAlive()).isFalse();
    }

    @Test
    void aNameThatCannotBeResolvedIsUnreachable() {
        IpmiDevice device = device("no-such-host.invalid", 623);

        PowerReading reading = device.readPower(Duration.ofSeconds(2));

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).startsWith("unreachable: the name no-such-host.invalid");
    }

    @Test
    void twentyOrdersToADeadAddressLeaveNoThreadAndNoSocketBehind() throws IOException {
        try (DatagramSocket hole = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            IpmiDevice device = device(hole.getLocalPort());
            Leftovers before = Leftovers.now();

            for (int i = 0; i < 20; i++) {
                assertThat(device.powerOff(Duration.ofMillis(200)).answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);
            }

            before.awaitNoMore();
        }
    }

    @Test
    void aPasswordIsInNoText() {
        IpmiDevice device = device("192.0.2.1", 623);

        assertThat(device.toString() + device.name()).doesNotContain("f3nc3r").isNotEmpty();
    }

    private static void babble(DatagramSocket socket, Random random) {
        try {
            while (true) {
                DatagramPacket heard = new DatagramPacket(new byte[1024], 1024);
                socket.receive(heard);
                byte[] noise = new byte[1 + random.nextInt(80)];
                random.nextBytes(noise);
                socket.send(new DatagramPacket(noise, noise.length, heard.getSocketAddress()));
            }
        } catch (SocketException e) {
            // Closed by the test, which is how babbling ends.
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static IpmiDevice device(int port) {
        return device("127.0.0.1", port);
    }

    private static IpmiDevice device(String address, int port) {
        Login login = new Login("fencer", Secret.ofPassword("f3nc3r"), null, Suite.SUITE_3, Privilege.OPERATOR);
        return new IpmiDevice(new BmcClient(), address, port, login);
    }
}
