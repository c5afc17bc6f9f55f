package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.SignsOfLife.Sign;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
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
    private final List<ComputeHost> hosts = new CopyOnWriteArrayList<>();
    private final List<HostStatus> heard = new CopyOnWriteArrayList<>();
    private final LookingAgents agents = new LookingAgents();

    @AfterEach
    void endGuests() {
        guests.shutdownNow();
    }

    private DiskActivity activity() {
        return activity(storage);
    }

    private DiskActivity activity(Path where) {
        return activity(where, () -> {
            asked.incrementAndGet();
            return List.copyOf(instances);
        });
    }

    private DiskActivity activity(Path where, Supplier<List<Instance>> known) {
        return new DiskActivity(where, known, () -> List.copyOf(hosts), () -> List.copyOf(heard), agents);
    }

    static ComputeHost host(String name, HostState state, @Nullable String address) {
        return new ComputeHost(
                HostId.of(name),
                UUID.randomUUID(),
                SegmentId.of("s1"),
                "nova",
                state,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot-1",
                true,
                null,
                false,
                address,
                7000,
                Resources.NOTHING,
                Resources.NOTHING,
                0,
                NOW,
                NOW,
                NOW,
                FailureDomains.NONE,
                null,
                null,
                null);
    }

    private static HostStatus status(String name, HostHealth health, boolean heard) {
        return new HostStatus(HostId.of(name), health, null, heard, "", List.of(), null, NOW);
    }

    /** A host that can be asked, whose agent sees what it is told to see. */
    private void peer(String name, Function<DiskLook, DiskLookAnswer> sees) {
        hosts.add(host(name, HostState.SERVING, "127.0.0.1"));
        heard.add(status(name, HostHealth.ALIVE, true));
        agents.sights.put(HostId.of(name), sees);
    }

    private static Function<DiskLook, DiskLookAnswer> all(DiskSight.Seen seen) {
        return look -> new DiskLookAnswer.Looked(look.disks().stream()
                .map(disk -> new DiskSight(disk, seen, seen == DiskSight.Seen.UNSEEN ? "may not be opened here" : ""))
                .toList());
    }

    private static Function<DiskLook, DiskLookAnswer> nobody() {
        return _ -> new DiskLookAnswer.Unknown("the call is unimplemented");
    }

    /** Agents that are asked for looks and for nothing else. */
    private static final class LookingAgents extends DeafAgents {

        private final Map<HostId, Function<DiskLook, DiskLookAnswer>> sights = new ConcurrentHashMap<>();
        private final List<DiskLook> looks = new CopyOnWriteArrayList<>();

        @Override
        public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
            looks.add(look);
            return Objects.requireNonNull(sights.get(host.id())).apply(look);
        }
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
                activity(storage, () -> asked.incrementAndGet() == 1 ? List.of(moving) : List.of())) {
            assertThat(activity.of(H1)).isEmpty();
        }
        assertThat(asked).hasValue(2);
    }

    @Test
    void storageThatIsNotHereSaysNothingAtOnce() {
        guest("web-1", H1, InstanceGoal.RUNNING);
        long beganNanos = System.nanoTime();
        try (DiskActivity activity = activity(storage.resolve("none"))) {
            assertThat(activity.of(H1)).isEmpty();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(DiskActivity.WATCHED);
    }

    private static final Duration DEADLINE = Duration.ofMillis(1_500);

    @Test
    void othersSeeWhatThisControllerCannot() {
        guest("web-1", H1, InstanceGoal.RUNNING);
        guest("db-1", H1, InstanceGoal.RUNNING);
        guest("elsewhere", H2, InstanceGoal.RUNNING);
        peer("h2", all(DiskSight.Seen.UNCHANGED));
        peer("h3", nobody());
        try (DiskActivity activity = activity(storage.resolve("none"))) {
            assertThat(activity.look(H1, DEADLINE)).isEqualTo(new GuestActivity.Unchanged("2 disks, seen by h2"));
            assertThat(activity.of(H1)).isEmpty();
            peer("h4", all(DiskSight.Seen.WRITTEN));
            assertThat(activity.of(H1))
                    .containsExactly(
                            new Sign("disk", "the disk of db-1 and of 1 more are being written, as h4 sees it"));
        }
        assertThat(agents.looks)
                .allSatisfy(look -> assertThat(look.disks()).hasSize(2))
                .extracting(DiskLook::apart)
                .contains(Duration.ofMillis(375), DiskActivity.WATCHED);
    }

    @Test
    void whereNobodyCanSeeItIsNotKnownAndSaysWhy() {
        guest("web-1", H1, InstanceGoal.RUNNING);
        try (DiskActivity activity = activity(storage.resolve("none"))) {
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Unseen("here: the disk of web-1 there is no such file"));
            peer("h2", all(DiskSight.Seen.UNSEEN));
            peer("h3", nobody());
            assertThat(activity.of(H1)).isEmpty();
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Unseen(
                            "h2: the disk of web-1 may not be opened here; h3: the call is unimplemented"));
        }
    }

    @Test
    void aHostWithoutGuestsIsNotLookedAt() {
        peer("h2", all(DiskSight.Seen.WRITTEN));
        guest("elsewhere", H2, InstanceGoal.RUNNING);
        try (DiskActivity activity = activity()) {
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Unseen("no guest is at home there that should run"));
        }
        assertThat(agents.looks).isEmpty();
    }

    @Test
    void whoMovedWhileOthersLookedIsWrittenElsewhere() {
        Instance moving = guest("moving", H1, InstanceGoal.RUNNING);
        Instance resting = guest("resting", H1, InstanceGoal.RUNNING);
        peer(
                "h2",
                look -> new DiskLookAnswer.Looked(List.of(
                        new DiskSight("instances/" + moving.id() + "/disk.qcow2", DiskSight.Seen.WRITTEN, ""),
                        new DiskSight("instances/" + resting.id() + "/disk.qcow2", DiskSight.Seen.UNCHANGED, ""))));
        try (DiskActivity activity = activity(
                storage.resolve("none"),
                () -> asked.incrementAndGet() == 1 ? List.of(moving, resting) : List.of(resting))) {
            assertThat(activity.look(H1, DEADLINE)).isEqualTo(new GuestActivity.Unchanged("1 disk, seen by h2"));
        }
    }

    @Test
    void aDatabaseThatIsAwayIsNoLook() {
        peer("h2", all(DiskSight.Seen.WRITTEN));
        try (DiskActivity activity = activity(storage, () -> {
            throw new IllegalStateException("it is away");
        })) {
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Unseen("which guests are at home there cannot be read: it is away"));
        }
    }

    @Test
    void anAgentThatHangsCostsTheDeadlineAndTheOthersCount() {
        guest("web-1", H1, InstanceGoal.RUNNING);
        CountDownLatch never = new CountDownLatch(1);
        peer("h2", all(DiskSight.Seen.WRITTEN));
        peer("h3", look -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new DiskLookAnswer.Unknown("interrupted");
        });
        long beganNanos = System.nanoTime();
        try (DiskActivity activity = activity(storage.resolve("none"))) {
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Written("the disk of web-1 is being written, as h2 sees it"));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void moreHostsAtOnceThanTheStorageBearsWaitForTheirNextTurn() throws Exception {
        guest("web-1", H1, InstanceGoal.RUNNING);
        CountDownLatch hold = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(8);
        peer("h2", look -> {
            held.countDown();
            try {
                assertThat(hold.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return all(DiskSight.Seen.UNCHANGED).apply(look);
        });
        try (DiskActivity activity = activity(storage.resolve("none"));
                var lookers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                var _ = lookers.submit(() -> activity.look(H1, Duration.ofSeconds(20)));
            }
            assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(activity.look(H1, DEADLINE))
                    .isEqualTo(new GuestActivity.Unseen("the guests of many other hosts are being looked at"));
            hold.countDown();
        }
    }

    @Test
    void upToThreeAreAskedWhoAreHeardAndNotTheSilentOne() {
        List<ComputeHost> all = new ArrayList<>();
        List<HostStatus> seen = new ArrayList<>();
        for (String name : List.of("h1", "h2", "h3", "h4", "h5")) {
            all.add(host(name, HostState.SERVING, "127.0.0.1"));
            seen.add(status(name, name.equals("h5") ? HostHealth.DEGRADED : HostHealth.ALIVE, true));
        }
        all.add(host("silent-too", HostState.SERVING, "127.0.0.1"));
        seen.add(status("silent-too", HostHealth.SUSPECTED, false));
        all.add(host("joining", HostState.JOINING, "127.0.0.1"));
        seen.add(status("joining", HostHealth.ALIVE, true));
        all.add(host("nowhere", HostState.SERVING, null));
        seen.add(status("nowhere", HostHealth.ALIVE, true));
        all.add(host("unknown", HostState.SERVING, "127.0.0.1"));
        assertThat(DiskActivity.peers(H1, all, seen))
                .extracting(peer -> peer.id().value())
                .containsExactlyInAnyOrder("h2", "h3", "h4");
        assertThat(DiskActivity.peers(H2, all.subList(0, 5), seen)).hasSize(3);
        assertThat(DiskActivity.peers(H1, List.of(all.getFirst(), all.get(4)), seen))
                .as("one that ails is better than nobody")
                .extracting(peer -> peer.id().value())
                .containsExactly("h5");
    }
}
