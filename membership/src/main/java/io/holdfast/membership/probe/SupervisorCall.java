package io.holdfast.membership.probe;

import io.holdfast.model.HostId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** One question to a supervisor, over a connection that stands. */
public final class SupervisorCall {

    /** Which part of a deadline must have been spent listening for silence to mean anything: a quarter. */
    static final int LISTENING_PART = 4;

    private SupervisorCall() {}

    /** What came of it. */
    sealed interface Outcome {

        /** The supervisor of the host that was meant has spoken. */
        record Said(SupervisorAnswer answer) implements Outcome {}

        /** Not a byte came until the time was up: nobody runs behind the socket. */
        record Mute() implements Outcome {}

        /** We came too late to listen for long enough: this process stood still, or has too much to do. */
        record TooLate() implements Outcome {}

        /**
         * Somebody or something ended the conversation or said another thing. Who that was is not known; but it is not
         * the silence of a host on which nothing runs.
         */
        record Other(String why) implements Outcome {}
    }

    /**
     * Whether a supervisor can be heard by others: connects, and takes nothing for an answer but its line.
     *
     * @throws IOException with the reason why it cannot
     */
    public static SupervisorAnswer ask(InetSocketAddress address, HostId host, SSLContext context, Duration deadline)
            throws IOException {
        try (LimitedSocket socket = new LimitedSocket()) {
            socket.limit(deadline);
            socket.connect(address, Math.toIntExact(socket.left().toMillis()));
            return switch (over(socket, host, context, deadline.dividedBy(LISTENING_PART))) {
                case Outcome.Said(SupervisorAnswer answer) -> answer;
                case Outcome.Mute() -> throw new IOException("it said nothing within " + deadline.toMillis() + " ms");
                case Outcome.TooLate() ->
                    throw new IOException(
                            "this process itself was too slow to hear an answer within " + deadline.toMillis() + " ms");
                case Outcome.Other(String why) -> throw new IOException(why);
            };
        }
    }

    /**
     * @param socket connected, and limited in time
     * @param listening how long must have been listened, at least, for silence to mean anything
     */
    static Outcome over(LimitedSocket socket, HostId host, SSLContext context, Duration listening) {
        try (SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, host.value(), socket.getPort(), true)) {
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.3"});
            // The certificate has to be of the host that is meant, as for the agent.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            String line = line(tls.getInputStream());
            Optional<SupervisorAnswer> answer = SupervisorAnswer.parse(line);
            if (answer.isEmpty()) {
                return new Outcome.Other("it said something else than a supervisor");
            }
            if (!answer.get().host().equals(host)) {
                return new Outcome.Other(
                        "it is the supervisor of " + answer.get().host());
            }
            return new Outcome.Said(answer.get());
        } catch (IOException ended) {
            if (!socket.stayedSilent()) {
                return new Outcome.Other(String.valueOf(ended.getMessage()));
            }
            return socket.waited().compareTo(listening) < 0 ? new Outcome.TooLate() : new Outcome.Mute();
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = 0;
        while (next != '\n' && line.size() < SupervisorAnswer.BYTES_MAX && (next = in.read()) >= 0) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
