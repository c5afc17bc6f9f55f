package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.recovery.SignsOfLife.Sign;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DiskActivityTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final Instant NOW = Instant.parse("2026-11-29T00:00:00Z");

    @TempDir
    Path storage;

    private final ScheduledExecutorService guests = Executors.newSingleThreadScheduledExecutor();
    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void endGuests() {
        guests.shutdownNow();
    }

    private DiskActivity activity() {
        return new DiskActivity(storage, () -> {
            asked.incrementAndGet();
            return List.copyOf(instances);
        });
    }

    private Path disk(Instance instance) throws IOException {
        Path disk = storage.resolve("instances/" + instance.id() + "/disk.qcow2");
        Files.createDirectories(disk.getParent());
        return Files.writeString(disk, "0");
    }

    private Instance guest(String name, @Nullable HostId home, InstanceGoal goal) {
        Instance instance = new Instance(
                InstanceId.of(UUID.randomUUID()),
                name,
                ProjectId.of("p1"),
                "u1",
                FlavorId.of("small"),
                new Resources(1, 64, 1),
                ImageId.of(UUID.randomUUID()),
                null,
                goal,
                ActualState.RUNNING,
                false,
                null,
                null,
                home,
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of(),
                NOW,
                NOW,
                NOW);
        instances.add(instance);
        return instance;
    }

    private void writes(Path disk) {
        var _ = guests.scheduleAtFixedRate(
                () -> {
                    try {
                        // In place: QEMU does not make a disk longer with each write.
                        Files.writeString(disk, "1", StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                0,
                100,
                TimeUnit.MILLISECONDS);
    }

    @Test
    void aDiskThatIsWrittenSaysThatTheHostLives() throws IOException {
        writes(disk(guest("web-1", H1, InstanceGoal.RUNNING)));
        disk(guest("idle", H1, InstanceGoal.RUNNING));
        try (DiskActivity activity = activity()) {
            assertThat(activity.of(H1)).containsExactly(new Sign("disk", "the disk of web-1 is being written"));
            writes(disk(guest("db-1", H1, InstanceGoal.RUNNING)));
            assertThat(activity.of(H1))
                    .containsExactly(new Sign("disk", "the disk of db-1 and of 1 more are being written"));
        }
    }

    @Test
    void aDiskThatNobodyWritesSaysNothing() throws IOException {
        disk(guest("idle", H1, InstanceGoal.RUNNING));
        guest("without-a-disk", H1, InstanceGoal.RUNNING);
        try (DiskActivity activity = activity()) {
            assertThat(activity.of(H1)).isEmpty();
        }
    }

    @Test
    void whatAnotherHostOwnsOrNobodySaysNothing() throws IOException {
        writes(disk(guest("elsewhere", H2, InstanceGoal.RUNNING)));
        writes(disk(guest("homeless", null, InstanceGoal.RUNNING)));
        writes(disk(guest("stopped", H1, InstanceGoal.STOPPED)));
        long beganNanos = System.nanoTime();
        try (DiskActivity activity = activity()) {
            assertThat(activity.of(H1)).isEmpty();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(DiskActivity.WATCHED);
    }

    @Test
    void aGuestThatMovedWhileItWasWatchedIsWrittenElsewhere() throws IOException {
        Instance moving = guest("moving", H1, InstanceGoal.RUNNING);
        writes(disk(moving));
        try (DiskActivity activity =
                new DiskActivity(storage, () -> asked.incrementAndGet() == 1 ? List.of(moving) : List.of())) {
            assertThat(activity.of(H1)).isEmpty();
        }
        assertThat(asked).hasValue(2);
    }

    @Test
    void storageThatIsNotHereSaysNothingAtOnce() {
        guest("web-1", H1, InstanceGoal.RUNNING);
        long beganNanos = System.nanoTime();
        try (DiskActivity activity = new DiskActivity(storage.resolve("none"), () -> instances)) {
            assertThat(activity.of(H1)).isEmpty();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(DiskActivity.WATCHED);
    }

    /** A FIFO without a writer keeps whoever opens it in the kernel, as dead storage does. */
    @Test
    void storageThatHangsKeepsOneThreadAndNobodyWaiting() throws Exception {
        Instance instance = guest("web-1", H1, InstanceGoal.RUNNING);
        Path disk = storage.resolve("instances/" + instance.id() + "/disk.qcow2");
        Files.createDirectories(disk.getParent());
        assertThat(new ProcessBuilder("mkfifo", disk.toString()).start().waitFor())
                .isZero();
        try (DiskActivity activity = activity()) {
            for (int i = 0; i < 3; i++) {
                long beganNanos = System.nanoTime();
                assertThat(activity.of(H1)).isEmpty();
                assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(Duration.ofSeconds(10));
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(
                            () -> Thread.getAllStackTraces().keySet().stream()
                                    .filter(thread -> thread.getName().equals("disk-activity"))
                                    .count(),
                            count -> count == 1);
            // Whoever opens the other end lets it go.
            Files.newOutputStream(disk).close();
        }
    }
}
