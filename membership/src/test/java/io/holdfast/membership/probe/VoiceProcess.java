package io.holdfast.membership.probe;

import io.holdfast.membership.TestPki;
import io.holdfast.model.HostId;
import io.holdfast.secrets.TlsKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** A voice as a process of its own, which can be stopped. Says its port. Ends when its standard input does. */
final class VoiceProcess {

    private VoiceProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        TlsKeys tls = TestPki.at(directory);
        SupervisorVoice voice = SupervisorVoice.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new TlsIdentity(tls),
                () -> new SupervisorAnswer(HostId.of("h1"), true),
                4,
                Duration.ofSeconds(30));
        voice.start();
        System.out.println(voice.address().getPort());
        while (System.in.read() >= 0) {
            // Nothing is said here; the end of the input is the end of the test.
        }
        System.exit(0);
    }
}
