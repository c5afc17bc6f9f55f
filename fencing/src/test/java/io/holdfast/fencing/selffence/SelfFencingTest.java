package io.holdfast.fencing.selffence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.holdfast.fencing.selffence.SelfFenceSettings.Mode;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The host's side on real threads and files. Times are long, so that a busy machine does not make a test of something else. */
@Timeout(180)
final class SelfFencingTest {

    private static final HostId H1 = HostId.of("h1");
    private static final SegmentId SEGMENT = SegmentId.of("rack-1");
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Path slots;
    private Path watchdog;
    private volatile @Nullable Long lease;

    @BeforeEach
    void prepare() throws IOException {
        slots = directory.resolve("slots");
        SlotDevice.create(slots, SEGMENT, 4, Instant.EPOCH, LONG);
        watchdog = Files.createFile(directory.resolve("watchdog"));
    }

    private SelfFenceSettings settings(Mode mode, boolean disarm, @Nullable Path resetFile) {
        return new SelfFenceSettings(
                mode,
                slots,
                0,
                watchdog,
                Duration.ofMinutes(2),
                Duration.ofMinutes(1),
                Duration.ofMillis(50),
                Duration.ofSeconds(50),
                Duration.ofMillis(20),
                0.001,
                Duration.ofSeconds(1),
                true,
                disarm,
                resetFile);
    }

    private SelfFencing open(SelfFenceSettings settings, String boot, String session) {
        return SelfFencing.open(settings, H1, SEGMENT, boot, session, directory, InstantSource.system())
                .orElseThrow();
    }

    private SelfFencing started(SelfFenceSettings settings, String session) {
        SelfFencing fencing = open(settings, "boot-a", session);
        fencing.start(() -> lease);
        return fencing;
    }

    private Optional<SlotReading> slot() {
        try (SlotDevice device = SlotDevice.open(slots, LONG)) {
            return ((DeviceReading.Read) device.read())
                    .slots().stream()
                            .filter(slot -> slot.claim() instanceof Content.Written<Claim>)
                            .findFirst();
        }
    }

    private Optional<Heartbeat> beat() {
        return slot().flatMap(slot -> slot.heartbeat() instanceof Content.Written<Heartbeat> written
                ? Optional.of(written.value())
                : Optional.empty());
    }

    private long pill(String boot) {
        try (SlotDevice device = SlotDevice.open(slots, LONG)) {
            Pill pill = new Pill(H1, boot, null, LeaderEpoch.of(1), "controller-1", "silent", Instant.EPOCH);
            return ((Answer.Done<Long>) device.pill(slot().orElseThrow().slot(), pill)).value();
        }
    }

    private String written() {
        try {
            return Files.readString(watchdog);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited too long").isNegative();
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Test
    void withoutASlotThereIsNothingToDo() {
        assertThat(SelfFencing.open(
                        SelfFenceSettings.defaults(), H1, SEGMENT, "b", "s", directory, InstantSource.system()))
                .isEmpty();
    }

    @Test
    void offItOnlySaysThatTheHostLives() {
        try (SelfFencing fencing = started(settings(Mode.OFF, false, null), "s1")) {
            assertThat(fencing.terms()).isEmpty();
            lease = System.nanoTime();
            await(() -> beat().map(Heartbeat::beat).orElse(0L) >= 2);
            assertThat(beat().orElseThrow().terms()).isNull();
            long sequence = pill("boot-a");
            await(() -> beat().isPresent() && sequence > 0);
            assertThat(slot().orElseThrow().acknowledgement())
                    .as("who cannot die does not say so")
                    .isInstanceOf(Content.Empty.class);
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void armsOnlyAfterTheLeaseHasNamedTheDeviceAndTheSlotSaysSoThen() {
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, false, null), "s1")) {
            await(() -> beat().map(Heartbeat::beat).orElse(0L) >= 3);
            assertThat(fencing.isArmed()).isFalse();
            assertThat(written()).isEmpty();
            lease = System.nanoTime();
            await(fencing::isArmed);
            assertThat(written()).isEqualTo(".");
            await(() -> beat().orElseThrow().terms() != null);
            assertThat(beat().orElseThrow().terms()).isEqualTo(fencing.terms().orElseThrow());
        }
        assertThat(written()).as("not disarmed unless the operator chose it").isEqualTo(".");
    }

    @Test
    void aDefectInARoundEndsTheLicenceAndNotTheThread() {
        AtomicBoolean broken = new AtomicBoolean();
        InstantSource clock = () -> {
            if (broken.get()) {
                throw new IllegalStateException("a defect");
            }
            return Instant.EPOCH;
        };
        SelfFencing fencing = SelfFencing.open(
                        settings(Mode.WATCHDOG, false, null), H1, SEGMENT, "boot-a", "s1", directory, clock)
                .orElseThrow();
        try (fencing) {
            lease = System.nanoTime();
            fencing.start(() -> lease);
            await(() -> fencing.isArmed() && fencing.licences().slotFrom() != null);
            lease = null;
            broken.set(true);
            await(() -> fencing.licences().slotFrom() == null);
            long beats = beat().orElseThrow().beat();
            broken.set(false);
            await(() -> beat().orElseThrow().beat() > beats + 2);
            assertThat(fencing.licences().slotFrom()).isNotNull();
        }
    }

    @Test
    void aDefectInALookAtTheLicencesIsNoLicenceAndEndsNothing() {
        AtomicBoolean broken = new AtomicBoolean(true);
        AtomicInteger asked = new AtomicInteger();
        try (SelfFencing fencing = open(settings(Mode.WATCHDOG, false, null), "boot-a", "s1")) {
            fencing.start(() -> {
                asked.incrementAndGet();
                if (broken.get()) {
                    throw new IllegalStateException("a defect");
                }
                return System.nanoTime();
            });
            await(() -> asked.get() > 3);
            assertThat(fencing.isArmed()).isFalse();
            broken.set(false);
            await(fencing::isArmed);
        }
    }

    @Test
    void aRestartedAgentOfTheSameBootNeedsNoLeaseAgain() {
        SelfFenceSettings settings = settings(Mode.WATCHDOG, false, null);
        lease = System.nanoTime();
        try (SelfFencing first = started(settings, "s1")) {
            await(first::isArmed);
        }
        lease = null;
        try (SelfFencing second = started(settings, "s2")) {
            await(second::isArmed);
        }
        try (SelfFencing afterBoot = open(settings, "boot-b", "s3")) {
            afterBoot.start(() -> null);
            await(() -> beat().orElseThrow().bootId().equals("boot-b"));
            assertThat(afterBoot.isArmed()).isFalse();
        }
    }

    @Test
    void aPillEndsPettingIsAcknowledgedAndResetsTheMachine() throws IOException {
        Path reset = Files.createFile(directory.resolve("reset"));
        lease = System.nanoTime();
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, true, reset), "s1")) {
            await(fencing::isArmed);
            long sequence = pill("boot-a");
            await(() -> slot().orElseThrow().acknowledgement() instanceof Content.Written<Acknowledgement> word
                    && word.value().pill() == sequence);
            await(() -> reset.toFile().length() == 1);
            Files.writeString(watchdog, "");
            // Once, though it reads its pill in each round: whoever counts on its silence would have to begin anew each
            // time.
            long word = ((Content.Written<Acknowledgement>) slot().orElseThrow().acknowledgement()).sequence();
            Files.writeString(reset, "");
            await(() -> reset.toFile().length() == 1);
            assertThat(((Content.Written<Acknowledgement>) slot().orElseThrow().acknowledgement()).sequence())
                    .isEqualTo(word);
        }
        assertThat(written()).as("neither petted nor disarmed after it").isEmpty();
    }

    @Test
    void aResetFileThatFailsLeavesItToTheDevice() {
        lease = System.nanoTime();
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, false, directory.resolve("none")), "s1")) {
            await(fencing::isArmed);
            long sequence = pill("boot-a");
            await(() -> slot().orElseThrow().acknowledgement() instanceof Content.Written<Acknowledgement> word
                    && word.value().pill() == sequence);
        }
    }

    @Test
    void disarmsOnAStopOnlyAfterTheSlotHasSaidSo() {
        lease = System.nanoTime();
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, true, null), "s1")) {
            await(() -> beat().map(Heartbeat::terms).isPresent());
            assertThat(fencing.isArmed()).isTrue();
        }
        assertThat(written()).isEqualTo("V");
        assertThat(beat().orElseThrow().terms()).isNull();
        assertThat(directory.resolve("self-fence.named")).doesNotExist();
    }

    @Test
    void staysArmedOnAStopWhenTheSlotCannotSaySo() throws IOException {
        lease = System.nanoTime();
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, true, null), "s1")) {
            await(fencing::isArmed);
            // The storage is not what it was: the header is gone.
            Files.write(slots, new byte[4096]);
        }
        assertThat(written()).isEqualTo(".");
    }

    @Test
    void aSlotDeviceThatCannotBeUsedStopsAnAgentThatWouldRelyOnIt() throws IOException {
        Files.write(slots, new byte[4096]);
        assertThatThrownBy(() -> open(settings(Mode.WATCHDOG, false, null), "boot-a", "s1"))
                .isInstanceOf(SlotException.class);
        // One that only says that it lives goes on trying.
        try (SelfFencing fencing = started(settings(Mode.OFF, false, null), "s1")) {
            Files.delete(slots);
            SlotDevice.create(slots, SEGMENT, 4, Instant.EPOCH, LONG);
            await(() -> beat().isPresent());
            assertThat(fencing.isArmed()).isFalse();
        }
    }

    /** Its watchdog waits for two minutes here; controllers that are told nothing wait for ten seconds. */
    @Test
    void whoArmsATimeThatNoControllerWaitsForIsToldAtTheStart() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(SelfFencing.class);
        log.start();
        logger.addAppender(log);
        try (SelfFencing fencing = started(settings(Mode.WATCHDOG, false, null), "s1")) {
            assertThat(fencing.terms()).isPresent();
            assertThat(List.copyOf(log.list))
                    .filteredOn(line -> line.getLevel() == Level.WARN)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .contains(
                            "host h1: its times (self-fence.watchdog-time 120000 ms, self-fence.licence 60000 ms) make a"
                                    + " bound of 301300 ms, longer than the 10000 ms that controllers wait for: unless"
                                    + " fencing.slot.bound-max says more there, no level of self-fence proves anything of this"
                                    + " host");
        } finally {
            logger.detachAppender(log);
        }
        assertThat(SelfFenceSettings.defaults().beyondTheDefault()).isEmpty();
    }

    @Test
    void settingsThatDoNotFitAreRefusedByName() {
        SelfFenceSettings good = settings(Mode.WATCHDOG, false, null);
        assertThatThrownBy(() -> new SelfFenceSettings(
                        Mode.WATCHDOG,
                        null,
                        0,
                        good.watchdog(),
                        good.watchdogTime(),
                        good.licence(),
                        good.slotInterval(),
                        good.slotDeadline(),
                        good.petInterval(),
                        good.drift(),
                        good.margin(),
                        false,
                        false,
                        null))
                .hasMessageContaining("self-fence.slot is missing");
        assertThatThrownBy(() -> new SelfFenceSettings(
                        Mode.OFF,
                        null,
                        0,
                        good.watchdog(),
                        good.watchdogTime(),
                        good.licence(),
                        Duration.ofSeconds(11),
                        good.slotDeadline(),
                        good.petInterval(),
                        good.drift(),
                        good.margin(),
                        false,
                        false,
                        null))
                .hasMessageContaining("self-fence.slot-interval + self-fence.slot-deadline (61000ms)");
        assertThatThrownBy(() -> at(good, null, 4096))
                .hasMessageStartingWith("self-fence.slot-offset is 4096 and self-fence.slot is missing");
        assertThatThrownBy(() -> at(good, slots, 512))
                .hasMessage("self-fence.slot-offset must be a multiple of 4096 from 0 to 2^60, is 512");
        assertThat(at(good, slots, 8192).place()).isEqualTo(new SlotPlace(slots, 8192));
    }

    private static SelfFenceSettings at(SelfFenceSettings good, @Nullable Path slot, long offset) {
        return new SelfFenceSettings(
                Mode.OFF,
                slot,
                offset,
                good.watchdog(),
                good.watchdogTime(),
                good.licence(),
                good.slotInterval(),
                good.slotDeadline(),
                good.petInterval(),
                good.drift(),
                good.margin(),
                false,
                false,
                null);
    }
}
