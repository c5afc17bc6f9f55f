package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A file that two hosts have over their cables. Guests' disks are in lab-stories, because it takes an agent to start one. */
@Tag("lab")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class NetworkStorageTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final String FILE = "instances/raw";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Path state;
    private Lab lab;
    private List<String> before;

    @BeforeEach
    void up() throws Exception {
        state = Files.createTempDirectory("holdfast-lab-test");
        before = LabTest.traces();
        lab = Lab.at(state);
        NetworkStorage storage = new NetworkStorage(lab);
        storage.serve(H1, List.of(FILE));
        storage.serve(H2, List.of(FILE));
        lab.up(
                new LabPlan(
                        List.of(H1, H2),
                        host -> List.of(),
                        List.of(MachinePlan.controller(1, List.of()), storage.machine())),
                line -> {});
        awaitServed(H1);
        awaitServed(H2);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        lab.down(line -> {});
        assertThat(LabTest.traces()).isEqualTo(before);
        LabTest.delete(state);
    }

    @Test
    void aHostWithACutCableWaitsAndGoesOnWhereItStoodWhenItIsMended() throws Exception {
        assertThat(write(H1, "first").waitFor()).isZero();
        assertThat(read(H2)).isEqualTo("first");

        lab.network(H1, Network.STORAGE, false);
        assertThat(lab.status().host(H1).orElseThrow().storage()).isEqualTo(Cable.DOWN);
        assertThat(lab.status().host(H2).orElseThrow().storage()).isEqualTo(Cable.UP);
        Process waiting = write(H1, "second");
        assertThat(waiting.waitFor(3, TimeUnit.SECONDS)).isFalse();
        assertThat(write(H2, "third").waitFor()).isZero();
        assertThat(read(H2)).isEqualTo("third");

        lab.network(H1, Network.STORAGE, true);
        assertThat(waiting.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(waiting.exitValue()).isZero();
        assertThat(read(H2)).isEqualTo("second");

        // The same when it is the storage machine that goes away.
        lab.kill(NetworkStorage.MACHINE);
        Process patient = write(H2, "fourth");
        assertThat(patient.waitFor(3, TimeUnit.SECONDS)).isFalse();
        lab.start(NetworkStorage.MACHINE);
        assertThat(patient.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(read(H1)).isEqualTo("fourth");
    }

    @Test
    void whatAHostWasWritingWhenItLostPowerNeverArrives() throws Exception {
        assertThat(write(H2, "living").waitFor()).isZero();
        // Opened before the cut: what opens the file asks for its size first, and would wait for that.
        Process waiting = lab.inHost(
                        H1,
                        List.of(
                                "bash",
                                "-euc",
                                "exec 4<> /srv/shared/" + FILE
                                        + "; echo open; read -r text; printf %-4096s \"$text\" >&4"))
                .start();
        assertThat(waiting.inputReader().readLine()).isEqualTo("open");
        lab.network(H1, Network.STORAGE, false);
        try (Writer toWrite = waiting.outputWriter()) {
            toWrite.write("ghost\n");
        }
        assertThat(waiting.waitFor(1, TimeUnit.SECONDS)).isFalse();

        lab.power(H1, PowerAction.PULL_PLUG);
        assertThat(lab.status().host(H1).orElseThrow().power()).isEqualTo(PowerState.OFF);
        assertThat(waiting.waitFor(10, TimeUnit.SECONDS)).isTrue();

        lab.network(H1, Network.STORAGE, true);
        lab.power(H1, PowerAction.PRESS_ON);
        awaitServed(H1);
        await().during(Duration.ofSeconds(3))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(read(H2)).isEqualTo("living"));
        assertThat(read(H1)).isEqualTo("living");
    }

    @Test
    void whatIsNotServedIsThereAndCannotBeWrittenAndACutCableKeepsNothingUp() throws Exception {
        lab.power(H1, PowerAction.PULL_PLUG);
        lab.network(H1, Network.STORAGE, false);
        lab.power(H1, PowerAction.PRESS_ON);
        Process refused = write(H1, "astray");
        assertThat(refused.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(text(refused)).contains("Read-only file system");

        // Left as it is, with somebody who waits: what takes the lab down has to get through.
        lab.network(H2, Network.STORAGE, false);
        assertThat(write(H2, "late").waitFor(1, TimeUnit.SECONDS)).isFalse();
    }

    private void awaitServed(HostId host) {
        await(FILE + " is served to " + host)
                .atMost(LIMIT)
                .until(() -> lab.inHost(host, List.of("grep", "-q", " /srv/shared/" + FILE + " fuse ", "/proc/mounts"))
                                .start()
                                .waitFor()
                        == 0);
    }

    /** A write that is on the storage when the process has ended. */
    private Process write(HostId host, String text) throws IOException {
        return lab.inHost(
                        host,
                        List.of(
                                "bash",
                                "-euc",
                                "printf %-4096s \"$1\" | dd of=/srv/shared/" + FILE
                                        + " bs=4096 count=1 iflag=fullblock oflag=direct,dsync conv=notrunc status=none",
                                "write",
                                text))
                .redirectErrorStream(true)
                .start();
    }

    private String read(HostId host) throws IOException {
        return text(lab.inHost(
                        host,
                        List.of("dd", "if=/srv/shared/" + FILE, "bs=4096", "count=1", "iflag=direct", "status=none"))
                .redirectErrorStream(true)
                .start());
    }

    private static String text(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
