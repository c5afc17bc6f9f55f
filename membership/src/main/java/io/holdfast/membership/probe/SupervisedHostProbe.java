package io.holdfast.membership.probe;

import io.holdfast.membership.HostProbe;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.secrets.TlsKeys;
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
 *
 * <p>Why also when it is <em>mute</em>: a supervisor that hangs alone, beside an agent that has died, would make a living host look
 * hung. On a hung host both ports are still listened at, because nobody is there to close them; so a port of the agent that refuses
 * says that its process ended and the kernel tidied up. A quarter of the deadline is kept for that question.
 */
public final class SupervisedHostProbe implements HostProbe {

    private final HostProbe agentPort = new TcpHostProbe();
    private final TlsIdentity identity;

    /** Reads the certificates, which takes longer than a call may; what is wrong with them is logged, and looked at again. */
    public SupervisedHostProbe(TlsKeys tls) {
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
            socket.limit(deadline.minus(forTheAgent(deadline)));
            Reachability door =
                    TcpHostProbe.connect(socket, where.address(), where.supervisorPort(), deadline.dividedBy(2));
            if (door != Reachability.ACCEPTED) {
                return agentPort.call(where, socket.left().plus(forTheAgent(deadline)));
            }
            return switch (SupervisorCall.over(
                    socket, where.host(), context, deadline.dividedBy(SupervisorCall.LISTENING_PART))) {
                case SupervisorCall.Outcome.Said(SupervisorAnswer answer) ->
                    answer.agentRuns() ? Reachability.ANSWERED : Reachability.REFUSED;
                case SupervisorCall.Outcome.Mute() ->
                    agentPort.call(where, forTheAgent(deadline)) == Reachability.REFUSED
                            ? Reachability.REFUSED
                            : Reachability.MUTE;
                case SupervisorCall.Outcome.TooLate() -> Reachability.UNKNOWN;
                case SupervisorCall.Outcome.Other(String _) -> Reachability.ACCEPTED;
            };
        } catch (IOException failedToClose) {
            return Reachability.UNKNOWN;
        }
    }

    private static Duration forTheAgent(Duration deadline) {
        return deadline.dividedBy(4);
    }
}
