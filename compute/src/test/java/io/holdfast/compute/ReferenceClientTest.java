package io.holdfast.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.core.GuestVoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
        until(3, run("1"));
        assertThat(Files.readString(port)).startsWith("hello 1 1000\nbeat 1 healthy\nbeat 2 healthy\n");
        assertThat(said().cameUp()).isTrue();
        assertThat(said().dropped()).isZero();
    }

    @Test
    void isHealthyOnlyAsLongAsItsCheckSucceeds() throws Exception {
        Path ready = directory.resolve("ready");
        Process client = run("1", "test", "-e", ready.toString());
        await().until(() -> said().taken() >= 2);
        assertThat(said().cameUp()).isFalse();
        Files.createFile(ready);
        await().until(() -> said().cameUp());
        until(3, client);
        assertThat(Files.readString(port)).startsWith("hello 1 1000\nbeat 1 unhealthy\n");
    }

    @Test
    void refusesAnIntervalThatTheContractDoesNotKnow() throws Exception {
        for (String seconds : List.of("0", "61", "2s", "-1", "")) {
            Process client = run(seconds);
            if (seconds.isEmpty()) {
                // Nothing said is the default.
                until(2, client);
                assertThat(Files.readString(port)).startsWith("hello 1 2000\n");
            } else {
                assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(client.exitValue()).isEqualTo(64);
                assertThat(port).isEmptyFile();
            }
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
