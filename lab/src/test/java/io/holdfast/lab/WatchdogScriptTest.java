package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.watchdog.WatchdogDevice;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timer on a host's board, with the agent's own code before it and a power supply behind it that only notes what it is told. */
@Timeout(120)
final class WatchdogScriptTest {

    @TempDir
    Path lab;

    private Path device;
    private Path orders;
    private Process timer;

    @BeforeEach
    void fit() throws Exception {
        Scripts.extract(lab.resolve("bin"));
        Files.writeString(lab.resolve("lab.env"), "CGROUP_KIND=none\n");
        orders = lab.resolve("orders");
        Path power = lab.resolve("bin/power");
        Files.writeString(power, "#!/bin/sh\necho \"$@\" >> " + orders + "\n");
        Files.setPosixFilePermissions(power, PosixFilePermissions.fromString("rwxr-xr-x"));
        device = Files.createDirectories(lab.resolve("hosts/h1/run/holdfast")).resolve("watchdog");
        makeFifo();
    }

    @AfterEach
    void end() throws InterruptedException {
        timer.destroyForcibly().waitFor();
    }

    private void makeFifo() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", device.toString()).start().waitFor())
                .isZero();
    }

    private void count(int millis) throws IOException {
        timer = new ProcessBuilder(
                        "bash", lab.resolve("bin/watchdog").toString(), "h1", "count", Integer.toString(millis))
                .redirectErrorStream(true)
                .redirectOutput(lab.resolve("log").toFile())
                .start();
    }

    private List<String> orders() {
        try {
            return Files.exists(orders) ? Files.readAllLines(orders) : List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Test
    void resetsAHostThatStoppedPetting() throws Exception {
        count(400);
        try (WatchdogDevice armed = WatchdogDevice.arm(device)) {
            armed.pet();
            await(() -> !orders().isEmpty());
        }
        assertThat(orders()).containsExactly("h1 expire " + Files.getAttribute(device, "unix:ino"));
        assertThat(Files.readString(lab.resolve("log"))).contains("h1: not petted for 0.400 s");
    }

    @Test
    void countsOnWhenTheFileIsClosedWithoutTheLetter() throws Exception {
        count(400);
        WatchdogDevice.arm(device).close();
        await(() -> !orders().isEmpty());
    }

    /** SIGSTOP is what a freezer does to it, and SIGKILL what a crash does; the timer tells no difference. */
    @ParameterizedTest
    @ValueSource(strings = {"STOP", "KILL"})
    void resetsAHostWhoseAgentIsFrozenOrDead(String signal) throws Exception {
        Path slots = lab.resolve("slots");
        SlotDevice.create(slots, SegmentId.of("default"), 4, Instant.EPOCH, Duration.ofSeconds(60));
        count(6000);
        Process agent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PettingHost.class.getName(),
                        slots.toString(),
                        device.toString(),
                        "6000",
                        lab.toString())
                .redirectErrorStream(true)
                .redirectOutput(lab.resolve("agent.log").toFile())
                .start();
        try {
            await(() -> lastWord(slots).map(Heartbeat::terms).isPresent());
            long beats = lastWord(slots).orElseThrow().beat();
            await(() -> lastWord(slots).orElseThrow().beat() > beats + 3);
            assertThat(orders()).as("while it pets").isEmpty();

            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(agent.pid()))
                            .start()
                            .waitFor())
                    .isZero();

            await(() -> !orders().isEmpty());
        } finally {
            agent.destroyForcibly().waitFor();
        }
    }

    private static Optional<Heartbeat> lastWord(Path slots) {
        try (SlotDevice open = SlotDevice.open(slots, Duration.ofSeconds(60))) {
            return ((DeviceReading.Read) open.read())
                    .slots().stream()
                            .flatMap(slot -> slot.heartbeat() instanceof Content.Written<Heartbeat> written
                                    ? Stream.of(written.value())
                                    : Stream.empty())
                            .findFirst();
        }
    }

    @Test
    void neitherAnUnarmedNorADisarmedOneResetsAnything() throws Exception {
        count(300);
        WatchdogDevice.arm(device).disarm();
        // Switched on anew: another watchdog; this one ends when it sees that.
        Files.delete(device);
        makeFifo();
        assertThat(timer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(orders()).isEmpty();
    }

    @Test
    void theWatchdogOfAnEarlierLifeDoesNotResetTheNextOne() throws Exception {
        count(2000);
        WatchdogDevice.arm(device).close();
        Files.delete(device);
        makeFifo();
        assertThat(timer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(orders()).isEmpty();
    }
}
