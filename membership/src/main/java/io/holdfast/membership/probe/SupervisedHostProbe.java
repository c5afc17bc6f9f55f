package io.holdfast.membership.probe;

import io.holdfast.membership.HostProbe;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.model.TlsFiles;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/**
 * Asks a host's supervisor, where it has one, and its kernel by the agent's port, where it has none or the supervisor's port
 * does not let us in.
 *
 * <p>Why also when it is <em>silent</em>: a host whose packet filter knows the agent's port and not the supervisor's would
 * otherwise look dead whenever its agent is. A dead host is silent at both. The supervisor's port gets half of the deadline
 * to accept, which costs nothing: a lost packet is repeated only after a second.
 */
public final class SupervisedHostProbe implements HostProbe {

    private final HostProbe agentPort = new TcpHostProbe();
    private final TlsIdentity identity;

    /** Reads the certificates, which takes longer than a call may; what is wrong with them is logged, and looked at again. */
    public SupervisedHostProbe(TlsFiles tls) {
        this.identity = new TlsIdentity(tls);
        var _ = identity.isUsable();
    }

    @Override
    public Reachability call(HostRegistration where, Duration deadline) {
        if (!where.hasSupervisor()) {
            return agentPort.call(where, deadline);
        }
        SSLContext context;
        try {
            context = identity.context();
        } catch (IOException weCannotAsk) {
            // It was told when the files were read. Our own trouble is no word about the host.
            return agentPort.call(where, deadline);
        }
        try (LimitedSocket socket = new LimitedSocket()) {
            socket.limit(deadline);
            Reachability door =
                    TcpHostProbe.connect(socket, where.address(), where.supervisorPort(), deadline.dividedBy(2));
            if (door != Reachability.ACCEPTED) {
                return agentPort.call(where, socket.left());
            }
            return switch (SupervisorCall.over(
                    socket, where.host(), context, deadline.dividedBy(SupervisorCall.LISTENING_PART))) {
                case SupervisorCall.Outcome.Said(SupervisorAnswer answer) ->
                    answer.agentRuns() ? Reachability.ANSWERED : Reachability.REFUSED;
                case SupervisorCall.Outcome.Mute() -> Reachability.MUTE;
                case SupervisorCall.Outcome.TooLate() -> Reachability.UNKNOWN;
                case SupervisorCall.Outcome.Other(String _) -> Reachability.ACCEPTED;
            };
        } catch (IOException failedToClose) {
            return Reachability.UNKNOWN;
        }
    }
}
