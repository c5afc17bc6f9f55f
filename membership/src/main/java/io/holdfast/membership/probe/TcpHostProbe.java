package io.holdfast.membership.probe;

import io.holdfast.membership.HostProbe;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * Calls the agent's port. It does not speak to the agent: it asks the host's <em>kernel</em>, which accepts for a hung
 * agent and refuses for a dead one. That is the difference between a dead process and a dead host.
 */
final class TcpHostProbe implements HostProbe {

    @Override
    public Reachability call(HostRegistration where, Duration deadline) {
        try (Socket socket = new Socket()) {
            return connect(socket, where.address(), where.port(), deadline);
        } catch (IOException failedToClose) {
            return Reachability.UNKNOWN;
        }
    }

    /** Connects the socket, and says what came of it: {@code ACCEPTED} when it is connected. */
    static Reachability connect(Socket socket, String host, int port, Duration deadline) {
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                return Reachability.UNKNOWN;
            }
            socket.connect(address, Math.toIntExact(Math.max(1, deadline.toMillis())));
            return Reachability.ACCEPTED;
        } catch (SocketTimeoutException | NoRouteToHostException silence) {
            // "No route to host" is what the kernel says when nobody answers its address resolution: silence as well.
            return Reachability.SILENT;
        } catch (ConnectException failure) {
            // Only a reset speaks for the host. "Network is unreachable" and their like come from our own side.
            String message = String.valueOf(failure.getMessage());
            if (message.contains("refused")) {
                return Reachability.REFUSED;
            }
            return message.contains("timed out") ? Reachability.SILENT : Reachability.UNKNOWN;
        } catch (UnknownHostException noName) {
            return Reachability.UNKNOWN;
        } catch (IOException other) {
            return Reachability.UNKNOWN;
        }
    }
}
