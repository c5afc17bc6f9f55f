package io.holdfast.fencing.ipmi;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

/**
 * After silence: is anybody there at all? Sends one RMCP presence ping (ASF 2.0, section 3.2.4.2) from a connected
 * socket, which unlike the session's learns when the other machine says that nobody listens.
 */
final class PortProbe {

    /** RMCP version 6, no acknowledgement, class ASF; IANA number 4542, type 0x80 (presence ping), tag 1. */
    private static final byte[] PING = {6, 0, (byte) 0xff, 6, 0, 0, 0x11, (byte) 0xbe, (byte) 0x80, 1, 0, 0};

    private static final int PONG_TYPE_AT = 8;
    private static final byte PONG_TYPE = 0x40;

    private PortProbe() {}

    /** What the port had to say, or nothing if it kept silent. */
    static Optional<String> look(String address, int port, Duration limit) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(InetAddress.getByName(address), port);
            socket.setSoTimeout((int) Math.max(1, limit.toMillis()));
            socket.send(new DatagramPacket(PING, PING.length));
            DatagramPacket answer = new DatagramPacket(new byte[512], 512);
            socket.receive(answer);
            boolean pong = answer.getLength() > PONG_TYPE_AT
                    && answer.getData()[0] == PING[0]
                    && answer.getData()[PONG_TYPE_AT] == PONG_TYPE;
            return Optional.of(
                    pong
                            ? "timed out: the device answers a presence ping, but not in the session"
                            : "garbled: what answers there does not speak RMCP");
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        } catch (PortUnreachableException e) {
            return Optional.of("unreachable: nobody listens on UDP port " + port);
        } catch (IOException e) {
            return Optional.of("unreachable: " + e.getMessage());
        }
    }
}
