package io.holdfast.lab;

import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.fencing.selffence.SelfFencing;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/** A process with nothing of an agent but its slot and its watchdog, for a test that stops it. */
final class PettingHost {

    private PettingHost() {}

    /**
     * Runs until it is killed.
     *
     * @param arguments slot device, watchdog, its time in milliseconds, state directory
     */
    public static void main(String[] arguments) throws InterruptedException {
        Duration time = Duration.ofMillis(Long.parseLong(arguments[2]));
        SelfFenceSettings settings = new SelfFenceSettings(
                SelfFenceSettings.Mode.WATCHDOG,
                Path.of(arguments[0]),
                0,
                Path.of(arguments[1]),
                time,
                Duration.ofMinutes(2),
                Duration.ofMillis(100),
                Duration.ofMinutes(1),
                Duration.ofMillis(100),
                0.001,
                Duration.ofSeconds(1),
                true,
                false,
                null);
        SelfFencing fencing = SelfFencing.open(
                        settings,
                        HostId.of("h1"),
                        SegmentId.of("default"),
                        "boot-1",
                        "session-1",
                        Path.of(arguments[3]),
                        InstantSource.system())
                .orElseThrow();
        long leaseNanos = System.nanoTime();
        fencing.start(() -> leaseNanos);
        new CountDownLatch(1).await();
    }
}
