package io.holdfast.server.supervisor;

import io.holdfast.compute.agent.HostFacts;
import io.holdfast.compute.agent.SupervisorSettings;
import io.holdfast.membership.probe.SupervisorAnswer;
import io.holdfast.membership.probe.SupervisorCall;
import io.holdfast.membership.probe.SupervisorVoice;
import io.holdfast.membership.probe.TlsIdentity;
import io.holdfast.model.HostId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.Closing;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.supervisor.core.Rules;
import io.holdfast.store.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One supervisor, put together.
 *
 * <p>It answers before the agent is started, so that an agent never names a supervisor that cannot be heard. And it has heard
 * its own answer before that: a certificate that nobody believes is told at the start, not on the night when the host is
 * asked whether it lives; and the first caller is not the one who waits while this process learns to speak TLS.
 */
final class SupervisorProcess implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SupervisorProcess.class);

    private static final int CONVERSATIONS = 16;
    private static final Duration CONVERSATION = Duration.ofSeconds(2);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(20);

    private final Closing closing;
    private final HostId host;

    private SupervisorProcess(Closing closing, HostId host) {
        this.closing = closing;
        this.host = host;
    }

    /**
     * Starts everything; when one part cannot start, those that did are stopped again.
     *
     * @param agentCommand starts an agent that is told where this supervisor answers
     * @param onFailure called when it cannot go on; the agent runs on then
     */
    static SupervisorProcess start(
            AgentProcessSettings settings,
            SecretReader secrets,
            List<String> agentCommand,
            Rules rules,
            Consumer<Throwable> onFailure)
            throws IOException {
        SupervisorSettings own = settings.agent().supervisor();
        TlsIdentity identity = new TlsIdentity(new TlsKeys("tls", settings.identity(), secrets));
        HostId host = settings.hostOrName();
        String bootId = HostFacts.bootId(settings.agent());
        Path directory = own.directory();
        Closing closing = new Closing();
        try {
            closing.add(StateDirectory.lock(directory));
            AgentKeeper keeper = new AgentKeeper(directory, bootId, own.port(), agentCommand, rules, onFailure);
            SupervisorVoice voice = closing.add(listen(
                    new InetSocketAddress(settings.agent().listenAddress(), own.port()), identity, host, keeper));
            voice.start();
            hear(voice, identity, host);
            closing.add(keeper);
            keeper.start();
            log.info("supervisor of {} answers at {}", host, voice.address());
            return new SupervisorProcess(closing, host);
        } catch (IOException | RuntimeException e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    private static SupervisorVoice listen(
            InetSocketAddress address, TlsIdentity identity, HostId host, AgentKeeper keeper) throws IOException {
        try {
            return SupervisorVoice.listen(
                    address,
                    identity,
                    () -> {
                        try {
                            return new SupervisorAnswer(host, keeper.agentRuns());
                        } catch (IOException unknown) {
                            throw new UncheckedIOException(unknown);
                        }
                    },
                    CONVERSATIONS,
                    CONVERSATION);
        } catch (BindException taken) {
            BindException named = new BindException(
                    "the supervisor cannot listen at " + address + " (agent.supervisor.port): " + taken.getMessage());
            named.initCause(taken);
            throw named;
        }
    }

    private static void hear(SupervisorVoice voice, TlsIdentity identity, HostId host) throws IOException {
        InetSocketAddress at = voice.address();
        InetSocketAddress own = at.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), at.getPort())
                : at;
        // Not to be told as the failure of a caller: it is this process that cannot do its work.
        var context = identity.context();
        try {
            SupervisorCall.ask(own, host, context, FIRST_ANSWER);
        } catch (IOException unheard) {
            throw new IOException(
                    "the supervisor of " + host + " listens at " + at + " and cannot be understood: "
                            + unheard.getMessage() + "; its certificate must be of this host"
                            + " (holdfast pki issue ... --role agent)",
                    unheard);
        }
    }

    @Override
    public void close() {
        closing.close();
        log.info("supervisor of {} stopped", host);
    }
}
