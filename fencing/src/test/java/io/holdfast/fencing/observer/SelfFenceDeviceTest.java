package io.holdfast.fencing.observer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.Rehearsed;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.fencing.selffence.SelfFenceSettings;
import io.holdfast.fencing.selffence.SelfFencing;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The device on a real slot file, with a host that beats or is silent; the bound is the shortest there is: 3.1 s and some. */
@Timeout(120)
final class SelfFenceDeviceTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final LeaderEpoch LEADER = LeaderEpoch.of(3);

    @TempDir
    Path directory;

    private Path path;
    private final Leases leases = new Leases();
    private final InMemoryFenceJournal journal = new InMemoryFenceJournal();
    private @Nullable SlotObserver observer;
    private @Nullable SelfFenceTerms terms;
    private long beat;

    /** Leases by hand: what is said of each host counts from when it was said. */
    private static final class Leases implements LeaseReader {
        private record Said(LeaseFact.Seen fact, long sinceNanos) {}

        private final Map<HostId, Said> said = new ConcurrentHashMap<>();
        private volatile Set<HostId> watched = Set.of();

        void say(SelfFenceTerms terms, boolean there) {
            said.put(H1, new Said(new LeaseFact.Seen("boot-a", terms, true, there, Duration.ZERO), System.nanoTime()));
        }

        @Override
        public void watch(Set<HostId> hosts) {
            watched = hosts;
        }

        @Override
        public LeaseFact watched(HostId host) {
            Said now = said.get(host);
            return now == null || !watched.contains(host)
                    ? new LeaseFact.Unknown("not watched")
                    : new LeaseFact.Seen(
                            now.fact.bootId(),
                            now.fact.terms(),
                            now.fact.confirms(),
                            now.fact.there(),
                            Duration.ofNanos(System.nanoTime() - now.sinceNanos));
        }

        @Override
        public LeaseFact look(HostId host) {
            Said now = said.get(host);
            return now == null ? new LeaseFact.Unknown("never registered") : now.fact;
        }
    }

    @BeforeEach
    void prepare() {
        path = directory.resolve("slots");
        terms = new SelfFenceTerms(
                "/dev/watchdog",
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                SlotDevice.create(path, SEGMENT, 4, Instant.EPOCH, LONG).id());
    }

    @AfterEach
    void end() {
        if (observer != null) {
            observer.close();
        }
    }

    private static FencingSettings.Slot settings(Path path) {
        return settings(path, 0);
    }

    private static FencingSettings.Slot settings(Path path, long offset) {
        return new FencingSettings.Slot(
                path,
                offset,
                Duration.ofMillis(50),
                LONG,
                0.001,
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                FencingSettings.Slot.Read.SELF);
    }

    private SlotObserver observing() {
        SlotObserver started = new SlotObserver(settings(path), SEGMENT, leases);
        observer = started;
        started.start(_ -> {});
        return started;
    }

    private Fencer fencer(SlotObserver slots) {
        FencingSettings defaults = FencingSettings.defaults();
        FencingSettings settings = new FencingSettings(
                Map.of("self-fence", new FencingSettings.SelfFence()),
                Map.of("*", List.of(new FencingSettings.Level(List.of("self-fence"), null, null, null))),
                defaults.agents(),
                Duration.ofSeconds(20),
                defaults.readBackPause(),
                defaults.readBackPauseMax(),
                3,
                Duration.ZERO,
                settings(path),
                KdumpSettings.none(),
                SensorSettings.defaults());
        return new Fencer(
                new FenceDevices(
                        Map.of("self-fence", new SelfFenceDevice(slots, "controller-1", InstantSource.system())),
                        settings.levels()),
                journal,
                (_, _) -> true,
                settings,
                InstantSource.system());
    }

    private static FenceRequest request(String boot, Duration deadline, LeaderEpoch leader, int attempt) {
        return new FenceRequest(
                        CaseId.of(new java.util.UUID(7, 7)), SEGMENT, H1, HostEpoch.of(2), attempt, leader, deadline)
                .ofBoot(boot);
    }

    private void beat(String boot, @Nullable SelfFenceTerms armed) {
        try (SlotDevice device = SlotDevice.open(path, LONG)) {
            int slot = ((Answer.Done<Integer>) device.claim(H1, boot, Instant.EPOCH)).value();
            beat++;
            assertThat(device.renew(
                            slot,
                            new Heartbeat(
                                    H1,
                                    boot,
                                    "s-" + boot,
                                    beat,
                                    Instant.EPOCH,
                                    Duration.ZERO,
                                    Duration.ofMillis(100),
                                    armed)))
                    .isNotInstanceOf(Renewal.Failed.class);
        }
    }

    private @Nullable Pill pill() {
        try (SlotDevice device = SlotDevice.open(path, LONG)) {
            return ((DeviceReading.Read) device.read())
                    .slots().stream()
                            .map(slot -> slot.pill() instanceof Content.Written<Pill> written ? written.value() : null)
                            .filter(java.util.Objects::nonNull)
                            .findFirst()
                            .orElse(null);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static boolean sees(SlotObserver slots) {
        return slots.facts().get(H1) instanceof SlotFact.Seen;
    }

    @Test
    void aHostThatIsSilentForTheBoundIsToldToDieAndProven() {
        beat("boot-a", terms);
        leases.say(terms, false);
        SlotObserver slots = observing();
        await(() -> sees(slots));
        long startNanos = System.nanoTime();

        FenceResult result = fencer(slots).fence(request("boot-a", LONG, LEADER, 1));

        assertThat(result).isInstanceOf(FenceResult.Proven.class);
        FenceProof proof = ((FenceResult.Proven) result).proof();
        assertThat(proof.kind()).isEqualTo(FenceProof.Kind.SELF_FENCED);
        assertThat(proof.evidence())
                .startsWith("self-fence: told to stop (ACCEPTED: pill 1 in slot ")
                .contains("watchdog /dev/watchdog was armed in boot boot-a")
                .contains("bound 3103 ms = (2 x 1000 + 1000) x 1.001 + 100")
                .contains("a pill by controller-1 at leader epoch 3 stands in the slot");
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThan(Duration.ofMillis(2900));
        assertThat(pill())
                .isEqualTo(new Pill(
                        H1,
                        "boot-a",
                        CaseId.of(new java.util.UUID(7, 7)),
                        LEADER,
                        "controller-1",
                        "condemned at epoch 2, attempt 1",
                        pill().writtenAt()));
        assertThat(journal.of(H1, HostEpoch.of(2)))
                .extracting(FenceJournal.Entry::act, FenceJournal.Entry::result)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("order-off", "INTENDED"),
                        org.assertj.core.groups.Tuple.tuple("proof", "SELF_FENCED"));
        assertThat(fencer(slots).restore(H1, HostEpoch.of(2)))
                .map(FenceProof::kind)
                .contains(FenceProof.Kind.SELF_FENCED);
    }

    @Test
    void aHostThatBeatsIsToldAndNeverProven() {
        beat("boot-a", terms);
        leases.say(terms, false);
        SlotObserver slots = observing();
        await(() -> sees(slots));
        CompletableFuture<FenceResult> fencing = CompletableFuture.supplyAsync(
                () -> fencer(slots).fence(request("boot-a", Duration.ofSeconds(5), LEADER, 1)));
        try (SlotDevice device = SlotDevice.open(path, LONG)) {
            // A host that does not obey: it acknowledges, again and again, and lives.
            int slot = ((Answer.Done<Integer>) device.claim(H1, "boot-a", Instant.EPOCH)).value();
            while (!fencing.isDone()) {
                device.acknowledge(slot, new Acknowledgement(H1, "boot-a", 1, Instant.EPOCH));
                LockSupport.parkNanos(50_000_000);
            }
        }
        assertThat(fencing.join()).isInstanceOf(FenceResult.Unknown.class);
        assertThat(pill()).isNotNull();
    }

    @Test
    void whatWasNeverArmedEndsAtOnceAndSaysWhy() {
        beat("boot-a", null);
        leases.say(terms, false);
        SlotObserver slots = observing();
        await(() -> sees(slots));
        FenceResult result = fencer(slots).fence(request("boot-a", LONG, LEADER, 1));
        assertThat(result)
                .isInstanceOfSatisfying(
                        FenceResult.Unknown.class,
                        unknown -> assertThat(unknown.reason()).contains("had no armed watchdog"));
        assertThat(pill())
                .as("told all the same: a host with a reset file obeys")
                .isNotNull();
    }

    @Test
    void aLaterLeaderGoesOnWithThePillThatIsThereAndAnOlderOneLoses() {
        beat("boot-a", terms);
        leases.say(terms, false);
        SlotObserver slots = observing();
        await(() -> sees(slots));
        SelfFenceDevice device = new SelfFenceDevice(slots, "controller-1", InstantSource.system());
        FenceRequest first = request("boot-a", LONG, LEADER, 1);
        assertThat(device.of(H1).isolate(first, LONG).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        await(() -> slots.facts().get(H1) instanceof SlotFact.Seen seen && seen.pill() != null);

        FenceRequest later = request("boot-a", LONG, LeaderEpoch.of(5), 1);
        assertThat(device.of(H1).isolate(later, LONG).detail())
                .contains("is in slot")
                .contains("already");
        FenceRequest older = request("boot-a", LONG, LeaderEpoch.of(2), 1);
        assertThat(device.of(H1).isolate(older, LONG).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
        assertThat(device.of(H1).isolation(older, LONG).detail()).contains("a pill of a newer leader");
    }

    @Test
    void aNewControllerCountsFromItsOwnFirstLook() {
        beat("boot-a", terms);
        leases.say(terms, false);
        try (SlotObserver first = new SlotObserver(settings(path), SEGMENT, leases)) {
            first.start(_ -> {});
            await(() -> first.facts().get(H1) instanceof SlotFact.Seen seen
                    && seen.unchanged().compareTo(Duration.ofSeconds(1)) > 0);
        }
        SlotObserver second = observing();
        await(() -> sees(second));
        assertThat(((SlotFact.Seen) second.facts().get(H1)).unchanged()).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aDeviceThatWasReplacedIsFoundAndCountsBeginAnew() throws IOException {
        beat("boot-a", terms);
        SlotObserver slots = observing();
        await(() -> slots.facts().get(H1) instanceof SlotFact.Seen seen
                && seen.unchanged().compareTo(Duration.ofMillis(500)) > 0);
        // In the same file: the header is another one.
        Path other = directory.resolve("other");
        SlotDevice.create(other, SEGMENT, 4, Instant.EPOCH, LONG);
        Files.write(path, Files.readAllBytes(other));
        await(() -> !slots.facts().containsKey(H1) && slots.blind().isEmpty());
        beat("boot-a", terms);
        leases.say(terms, false);
        await(() -> sees(slots));
        SelfFenceDevice device = new SelfFenceDevice(slots, "controller-1", InstantSource.system());
        await(() -> device.of(H1)
                .isolation(request("boot-a", LONG, LEADER, 1), LONG)
                .detail()
                .contains("it writes slot device"));
    }

    @Test
    void storageThatGoesAwayMakesEveryCountBeginAnew() throws IOException {
        beat("boot-a", terms);
        SlotObserver slots = observing();
        await(() -> slots.facts().get(H1) instanceof SlotFact.Seen seen
                && seen.unchanged().compareTo(Duration.ofMillis(500)) > 0);
        byte[] whole = Files.readAllBytes(path);
        try (var channel = java.nio.channels.FileChannel.open(path, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        }
        await(() -> slots.facts().get(H1) instanceof SlotFact.Unreadable);
        Files.write(path, whole);
        await(() -> sees(slots));
        assertThat(((SlotFact.Seen) slots.facts().get(H1)).unchanged()).isLessThan(Duration.ofMillis(500));
    }

    /** The agent has it from its settings, the controller from its own. */
    @Test
    void agentAndControllerMeetInARangeThatBeginsBehindSomethingElse() throws IOException {
        byte[] front = new byte[3 * 4096];
        Arrays.fill(front, (byte) 0xa5);
        Path disk = Files.write(directory.resolve("disk"), Arrays.copyOf(front, 1 << 20));
        SlotDevice.create(new SlotPlace(disk, front.length), SEGMENT, 4, Instant.EPOCH, LONG);
        SlotObserver slots = new SlotObserver(settings(disk, front.length), SEGMENT, leases);
        observer = slots;
        slots.start(_ -> {});
        SelfFenceSettings silent = SelfFenceSettings.defaults();
        SelfFenceSettings agent = new SelfFenceSettings(
                silent.mode(),
                disk,
                front.length,
                silent.watchdog(),
                silent.watchdogTime(),
                silent.licence(),
                silent.slotInterval(),
                silent.slotDeadline(),
                silent.petInterval(),
                silent.drift(),
                silent.margin(),
                silent.trustDevice(),
                silent.disarmOnStop(),
                silent.resetFile());
        try (SelfFencing fencing = SelfFencing.open(
                        agent, H1, SEGMENT, "boot-a", "s1", directory, InstantSource.system())
                .orElseThrow()) {
            fencing.start(() -> null);
            await(() -> slots.facts().get(H1) instanceof SlotFact.Seen seen && seen.beat() != null);
        }
        assertThat(Files.readAllBytes(disk)).startsWith(front);
    }

    @Test
    void oneThatWasNeverStartedCanBeClosed() {
        new SlotObserver(settings(path), SEGMENT, leases).close();
    }

    @Test
    void aDeviceThatIsNotThereYetIsOpenedWhenItComes() throws IOException {
        Path away = directory.resolve("away");
        Files.move(path, away);
        SlotObserver slots = observing();
        await(() -> slots.blind().contains("there is no such file"));
        Files.move(away, path, StandardCopyOption.ATOMIC_MOVE);
        beat("boot-a", terms);
        await(() -> sees(slots));
        assertThat(slots.blind()).isEmpty();
    }

    @Test
    void aRehearsalSaysWhetherItWouldWorkAndTouchesNothing() {
        beat("boot-a", terms);
        leases.say(terms, true);
        SlotObserver slots = observing();
        await(() -> sees(slots));
        beat("boot-a", terms);
        FenceCheck.Device found = rehearsed(slots);
        assertThat(found.name()).isEqualTo("self-fence");
        assertThat(found.findings()).allMatch(finding -> finding.subject() == FenceCheck.Subject.SELF_FENCE);
        leases.say(terms, false);
        FenceCheck.Device without = rehearsed(slots);
        assertThat(without.works()).isFalse();
        assertThat(pill()).isNull();
    }

    @Test
    void aHostWhoseTimesNobodyWaitsForIsSaidInTheLogWhenItIsSeen() {
        SelfFenceTerms armed = java.util.Objects.requireNonNull(terms);
        beat(
                "boot-a",
                new SelfFenceTerms(armed.watchdog(), Duration.ofSeconds(30), armed.licence(), armed.slotDevice()));
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(SlotObserver.class);
        log.start();
        logger.addAppender(log);
        try {
            SlotObserver slots = observing();
            await(() -> sees(slots));
            await(() -> List.copyOf(log.list).stream()
                    .anyMatch(line -> line.getLevel() == Level.WARN
                            && line.getFormattedMessage()
                                    .contains("host h1: by its times (self-fence.watchdog-time 30000 ms")));
        } finally {
            logger.detachAppender(log);
        }
    }

    private FenceCheck.Device rehearsed(SlotObserver slots) {
        Rehearsed answer = fencer(slots).rehearse(H1, () -> true);
        return ((Rehearsed.Done) answer).check().levels().getFirst().devices().getFirst();
    }
}
