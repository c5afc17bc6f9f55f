package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.DiskSight.Seen;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class DiskLooksTest {

    private static final Duration APART = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @TempDir
    Path storage;

    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void release() {
        released.countDown();
    }

    private static DiskLook of(String... disks) {
        return new DiskLook(List.of(disks), APART);
    }

    private DiskLooks looks() {
        return new DiskLooks(storage, "instances", 1);
    }

    /** A storage whose files are as they are told, one stamp for each look. */
    private DiskLooks looks(DiskLooks.Eye eye) {
        return new DiskLooks(storage, "instances", 1, eye);
    }

    private static DiskLooks.Stamp stamp(long size, long written, String file) {
        return new DiskLooks.Stamp(size, FileTime.fromMillis(written), file);
    }

    private Path disk(String name) throws IOException {
        Path disk = storage.resolve(name);
        Files.createDirectories(disk.getParent());
        return Files.writeString(disk, "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"size", "time", "file"})
    void whatIsAnotherAtTheSecondLookWasWritten(String what) {
        AtomicInteger looked = new AtomicInteger();
        try (DiskLooks looks = looks(_ -> {
            boolean second = looked.getAndIncrement() > 0;
            return stamp(
                    second && what.equals("size") ? 2 : 1,
                    // Back, as well: a storage's clock may be set.
                    second && what.equals("time") ? 500 : 1_000,
                    second && what.equals("file") ? "b" : "a");
        })) {
            assertThat(looks.look(of("instances/a"), PATIENCE))
                    .containsExactly(new DiskSight("instances/a", Seen.WRITTEN, ""));
        }
        assertThat(looked).hasValue(2);
    }

    @Test
    void realFilesAreSeenAndHowOldTheyAreDoesNotMatter() throws Exception {
        Path old = disk("instances/old/disk.qcow2");
        Files.setLastModifiedTime(old, FileTime.fromMillis(1));
        Path future = disk("instances/future/disk.qcow2");
        Files.setLastModifiedTime(future, FileTime.fromMillis(99_999_999_999_999L));
        try (DiskLooks looks = looks()) {
            assertThat(looks.look(of("instances/old/disk.qcow2", "instances/future/disk.qcow2"), PATIENCE))
                    .extracting(DiskSight::seen)
                    .containsExactly(Seen.UNCHANGED, Seen.UNCHANGED);
        }
    }

    @Test
    void whatIsMissingNoFileForbiddenOrLeadsOutIsNotSeenAndSaysWhy() throws Exception {
        Files.createDirectories(storage.resolve("instances/directory"));
        Path outside = Files.createTempFile("outside", "");
        Files.createSymbolicLink(storage.resolve("instances/link"), outside);
        Files.createSymbolicLink(storage.resolve("instances/loop"), storage.resolve("instances/loop"));
        Process fifo =
                new ProcessBuilder("mkfifo", storage.resolve("instances/fifo").toString()).start();
        assertThat(fifo.waitFor()).isZero();
        disk("instances/fine");
        try (DiskLooks looks = looks()) {
            List<DiskSight> seen = looks.look(
                    of(
                            "instances/none",
                            "instances/directory",
                            "instances/fifo",
                            "instances/link",
                            "instances/loop",
                            "instances/fine/below",
                            "instances/fine"),
                    PATIENCE);
            assertThat(seen)
                    .extracting(DiskSight::seen)
                    .containsExactly(
                            Seen.UNSEEN,
                            Seen.UNSEEN,
                            Seen.UNSEEN,
                            Seen.UNSEEN,
                            Seen.UNSEEN,
                            Seen.UNSEEN,
                            Seen.UNCHANGED);
            assertThat(seen)
                    .extracting(DiskSight::reason)
                    .startsWith(
                            "there is no such file",
                            "is no file, and says not when it was written",
                            "is no file, and says not when it was written",
                            "leads out of the shared storage");
        } finally {
            Files.delete(outside);
        }
        try (DiskLooks looks = looks(path -> {
            throw new AccessDeniedException(path.toString());
        })) {
            assertThat(looks.look(of("instances/a"), PATIENCE))
                    .containsExactly(DiskSight.unseen("instances/a", "may not be opened here"));
        }
    }

    @Test
    void aDiskThatGoesAwayBetweenTheLooksIsNotSeen() {
        AtomicInteger looked = new AtomicInteger();
        try (DiskLooks looks = looks(path -> {
            if (looked.getAndIncrement() > 0) {
                throw new java.nio.file.NoSuchFileException(path.toString());
            }
            return stamp(1, 1, "a");
        })) {
            assertThat(looks.look(of("instances/a"), PATIENCE))
                    .containsExactly(DiskSight.unseen("instances/a", "there is no such file"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/shadow",
                "../instances/a",
                "instances/../images/base.qcow2",
                "instances/./a",
                "instances",
                "images/base.qcow2",
                "instances-of-others/a",
                "instances/..",
                "."
            })
    void whatIsNotInTheDirectoryOfTheDisksIsRefusedAndNothingIsTouched(String name) {
        AtomicInteger touched = new AtomicInteger();
        try (DiskLooks looks = looks(_ -> {
            touched.incrementAndGet();
            return stamp(1, 1, "a");
        })) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> looks.look(of("instances/a", name), PATIENCE))
                    .withMessageContaining("is no file in the directory of the guests' disks");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> looks.look(of("instances/a\0"), PATIENCE))
                    .withMessage("a disk's name is no path");
        }
        assertThat(touched).hasValue(0);
    }

    @Test
    void aLookHasItsBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DiskLook(List.of(), APART));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DiskLook(Collections.nCopies(DiskLook.DISKS_MAX + 1, "instances/a"), APART));
        assertThatIllegalArgumentException().isThrownBy(() -> of("instances/" + "a".repeat(1024)));
        assertThatIllegalArgumentException().isThrownBy(() -> of(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> new DiskLook(List.of("a"), Duration.ofMillis(49)));
        assertThatIllegalArgumentException().isThrownBy(() -> new DiskLook(List.of("a"), Duration.ofMillis(5_001)));
    }

    /** The first disk is written, the second one's storage hangs: what was seen counts, and whoever asks again is told at once. */
    @Test
    void aStorageThatHangsKeepsItsThreadsAndNobodyWaiting() {
        Map<String, AtomicInteger> looked = new ConcurrentHashMap<>();
        CountDownLatch hangs = new CountDownLatch(1);
        try (DiskLooks looks = new DiskLooks(storage, "instances", 2, path -> {
            String name = String.valueOf(path.getFileName());
            if (name.equals("hangs")) {
                hangs.countDown();
                waitFor(released);
            }
            return stamp(looked.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet(), 1, name);
        })) {
            long began = System.nanoTime();
            List<DiskSight> seen = looks.look(of("instances/written", "instances/hangs"), Duration.ofSeconds(1));
            assertThat(seen).extracting(DiskSight::seen).containsExactly(Seen.WRITTEN, Seen.UNSEEN);
            assertThat(seen.getLast().reason()).isEqualTo("the storage did not answer in time");
            assertThat(hangs.getCount()).isZero();
            assertThat(looks.look(of("instances/hangs"), Duration.ofMillis(300)))
                    .extracting(DiskSight::reason)
                    .containsExactly("the storage did not answer in time");
            assertThat(looks.look(of("instances/written"), PATIENCE))
                    .as("both threads hang")
                    .containsExactly(DiskSight.unseen("instances/written", "other looks are under way here, or hang"));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
            released.countDown();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> looks.look(of("instances/written"), PATIENCE)
                                    .getFirst()
                                    .seen()
                            == Seen.WRITTEN);
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aDefectOfOursIsNotSeenEither() {
        try (DiskLooks looks = looks(_ -> {
            throw new IllegalStateException("a defect");
        })) {
            assertThat(looks.look(of("instances/a"), PATIENCE))
                    .extracting(DiskSight::reason)
                    .containsExactly("looking failed: java.lang.IllegalStateException: a defect");
        }
    }

    @Test
    void whoIsClosedSeesNothing() {
        DiskLooks looks = looks(_ -> stamp(1, 1, "a"));
        looks.close();
        assertThat(looks.look(of("instances/a"), PATIENCE))
                .containsExactly(DiskSight.unseen("instances/a", "the agent is closing"));
    }
}
