package io.holdfast.membership.jgroups;

import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jgroups.util.DefaultSocketFactory;
import org.jgroups.util.SocketFactory;
import org.jgroups.util.TLS;

/**
 * TLS on connections that wait only so long for the other end, in the handshake as well as later. JGroups limits the TCP
 * connect alone, which succeeds with a process that stands still.
 */
final class LimitedTls extends TLS {

    private final int readLimitMillis;

    LimitedTls(Duration readLimit) {
        this.readLimitMillis = Math.toIntExact(readLimit.toMillis());
    }

    @Override
    public SocketFactory createSocketFactory(SSLContext context) {
        if (!(super.createSocketFactory(context) instanceof DefaultSocketFactory sockets)) {
            throw new IllegalStateException("JGroups makes its TLS sockets in another way than this release knows");
        }
        sockets.setSocketConfigurator(this::limit);
        return sockets;
    }

    private void limit(Socket socket) {
        try {
            socket.setSoTimeout(readLimitMillis);
        } catch (SocketException refused) {
            // Without its limit this connection could stop all that is sent to one member; it is not made.
            throw new IllegalStateException("a connection of the group cannot be limited in time", refused);
        }
    }
}
