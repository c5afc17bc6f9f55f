package io.holdfast.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.holdfast.compute.core.GuestVoice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the reference client for guests writes is what the agent reads. A file stands in for the port. */
class ReferenceClientTest {

    private static final Path CLIENT = Path.of("..", "guest", "holdfast-heartbeat");

    @TempDir
    Path directory;

    private Path port;

    @BeforeEach
    void aPort() throws IOException {
        port = Files.createFile(directory.resolve("port"));
    }

    private Process run(String seconds, String... check) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", CLIENT.toString()));
        command.addAll(List.of(check));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of("HOLDFAST_HEARTBEAT_PORT", port.toString(), "HOLDFAST_HEARTBEAT_SECONDS", seconds));
        return builder.start();
    }

    private GuestVoice said() throws IOException {
        GuestVoice voice = new GuestVoice();
        byte[] bytes = Files.readAllBytes(port);
        voice.hear(bytes, bytes.length);
        return voice;
    }

    private void until(long lines, Process client) throws Exception {
        try {
            await().until(() -> said().taken() >= lines);
        } finally {
            client.destroy();
            assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void saysHelloAndBeatsHealthily() throws Exception {
        until(4, run("1"));
        assertThat(Files.readString(port)).startsWith("hello 1 1000\nwatch\nbeat 1 healthy\nbeat 2 healthy\n");
        assertThat(said().cameUp()).isTrue();
        assertThat(said().dropped()).isZero();
    }

    @Test
    void isHealthyOnlyAsLongAsItsCheckSucceeds() throws Exception {
        Path ready = directory.resolve("ready");
        Process client = run("1", "test", "-e", ready.toString());
        await().until(() -> said().taken() >= 3);
        assertThat(said().cameUp()).isFalse();
        Files.createFile(ready);
        await().until(() -> said().cameUp());
        until(4, client);
        assertThat(Files.readString(port)).startsWith("hello 1 1000\nwatch\nbeat 1 unhealthy\n");
    }

    @Test
    void refusesAnIntervalThatTheContractDoesNotKnow() throws Exception {
        for (String seconds : List.of("0", "61", "2s", "-1", "")) {
            Process client = run(seconds);
            if (seconds.isEmpty()) {
                // Nothing said is the default.
                until(2, client);
                assertThat(Files.readString(port)).startsWith("hello 1 2000\nwatch\n");
            } else {
                assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(client.exitValue()).isEqualTo(64);
                assertThat(port).isEmptyFile();
            }
        }
    }

    /** What stands in for a port that is read and written: one end of a pseudo terminal, of which this test has the other. */
    private interface Terminal extends Library {
        int O_RDWR = 2;
        int O_NOCTTY = 0400;

        int posix_openpt(int flags);

        int grantpt(int master);

        int unlockpt(int master);

        String ptsname(int master);

        int tcgetattr(int terminal, Memory attributes);

        void cfmakeraw(Memory attributes);

        int tcsetattr(int terminal, int when, Memory attributes);

        long read(int from, byte[] bytes, long count);

        long write(int to, byte[] bytes, long count);

        int open(String path, int flags);

        int close(int file);
    }

    @Test
    void answersWhatItIsAskedAndSaysGoodbyeWhenItIsEnded() throws Exception {
        Terminal c = Native.load("c", Terminal.class);
        int ours = c.posix_openpt(Terminal.O_RDWR | Terminal.O_NOCTTY);
        assertThat(c.grantpt(ours) + c.unlockpt(ours)).isZero();
        port = Path.of(c.ptsname(ours));
        // Held open here too, so that reading does not fail while the client has not opened it, or has closed it.
        int theirs = c.open(port.toString(), Terminal.O_RDWR | Terminal.O_NOCTTY);
        Memory attributes = new Memory(256);
        assertThat(c.tcgetattr(theirs, attributes)).isZero();
        c.cfmakeraw(attributes);
        assertThat(c.tcsetattr(theirs, 0, attributes)).isZero();
        AtomicReference<String> said = new AtomicReference<>("");
        Thread.ofPlatform().daemon().start(() -> {
            byte[] bytes = new byte[4096];
            for (long count; (count = c.read(ours, bytes, bytes.length)) > 0; ) {
                String more = new String(bytes, 0, (int) count, StandardCharsets.US_ASCII);
                said.updateAndGet(before -> before + more);
            }
        });
        Process client = run("60");
        try {
            await().until(() -> said.get().startsWith("hello 1 60000\nwatch\n"));
            byte[] challenge = "noise\nchallenge 00000000000000aa\n".getBytes(StandardCharsets.US_ASCII);
            assertThat(c.write(ours, challenge, challenge.length)).isEqualTo(challenge.length);
            await().until(() -> said.get().contains("answer 00000000000000aa\n"));
            client.destroy();
            assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(client.exitValue()).isZero();
            await().until(() -> said.get().endsWith("goodbye\n"));
        } finally {
            client.destroyForcibly();
            c.close(theirs);
            c.close(ours);
        }
    }

    @Test
    void saysThatThereIsNoPort() throws Exception {
        Files.delete(port);
        Process client = run("1");
        assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(client.exitValue()).isEqualTo(69);
        assertThat(new String(client.getInputStream().readAllBytes())).contains("virtio_console");
    }

    @Test
    void endsWhenThePortTakesNothingAnyMore() throws Exception {
        port = Path.of("/dev/full");
        Process client = run("1");
        assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(client.exitValue()).isEqualTo(74);
    }
}
