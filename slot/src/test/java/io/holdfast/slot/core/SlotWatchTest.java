package io.holdfast.slot.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.SlotReading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class SlotWatchTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final Duration GAP = Duration.ofSeconds(2);
    private static final long SECOND = 1_000_000_000L;

    private static DeviceReading reading(long device, boolean pastCaches, SlotReading... slots) {
        return new DeviceReading.Read(
                new DeviceHeader(new UUID(0, device), SegmentId.of("s"), 8, NOON), pastCaches, List.of(slots));
    }

    private static SlotReading slot(int number, String claimedBy, Content<Heartbeat> beat) {
        return new SlotReading(
                number,
                new Content.Written<>(1, new Claim(HostId.of(claimedBy), "boot-a", NOON)),
                beat,
                new Content.Empty<Pill>(0),
                new Content.Empty<Acknowledgement>(0));
    }

    private static Content<Heartbeat> beat(long sequence) {
        return new Content.Written<>(
                sequence,
                new Heartbeat(H1, "boot-a", "s-1", sequence, NOON, Duration.ZERO, Duration.ofMillis(500), null));
    }

    private static DeviceReading beats(long sequence) {
        return reading(1, true, slot(0, "h1", beat(sequence)));
    }

    private static SlotWatch look(SlotWatch watch, DeviceReading reading, double atSeconds) {
        long at = (long) (atSeconds * SECOND);
        return watch.look(reading, at, at, GAP);
    }

    private static Duration age(SlotWatch watch) {
        return ((SlotFact.Seen) watch.facts().get(H1)).unchanged();
    }

    @Test
    void countsFromTheLastChangeThatItSawItself() {
        SlotWatch watch = look(SlotWatch.start(), beats(4), 10);
        assertThat(age(watch)).isZero();
        watch = look(watch, beats(4), 11);
        watch = look(watch, beats(5), 12);
        watch = look(watch, beats(5), 13);
        watch = look(watch, beats(5), 13.5);
        assertThat(age(watch)).isEqualTo(Duration.ofMillis(1500));
    }

    @Test
    void aSequenceThatGoesBackIsASignOfLifeToo() {
        SlotWatch watch = look(look(look(SlotWatch.start(), beats(4), 1), beats(4), 2), beats(3), 3);
        assertThat(age(watch)).isZero();
    }

    @Test
    void aLookThatFailedMakesTheCountBeginAnew() {
        SlotWatch watch = look(look(SlotWatch.start(), beats(4), 1), beats(4), 2);
        watch = look(watch, new DeviceReading.Unreadable("it hangs"), 3);
        assertThat(watch.facts()).containsEntry(H1, new SlotFact.Unreadable("it hangs"));
        assertThat(watch.blind()).contains("it hangs");
        watch = look(look(watch, beats(4), 3.5), beats(4), 4);
        assertThat(age(watch)).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void aTornHeartbeatIsNeitherFreshNorStale() {
        SlotWatch watch = look(look(SlotWatch.start(), beats(4), 1), beats(4), 2);
        watch = look(watch, reading(1, true, slot(0, "h1", new Content.Unreadable<>("half written"))), 3);
        assertThat(watch.facts()).containsEntry(H1, new SlotFact.Unreadable("slot 0: half written"));
        watch = look(watch, beats(4), 4);
        assertThat(age(watch)).isZero();
    }

    @Test
    void aPauseOfTheReaderMakesTheCountBeginAnew() {
        SlotWatch watch = look(look(SlotWatch.start(), beats(4), 1), beats(4), 3.1);
        assertThat(age(watch)).isZero();
    }

    @Test
    void anotherDeviceMakesTheCountBeginAnew() {
        SlotWatch watch = look(SlotWatch.start(), beats(4), 1);
        watch = look(watch, reading(2, true, slot(0, "h1", beat(4))), 2);
        assertThat(age(watch)).isZero();
    }

    @Test
    void aSlotThatIsGoneIsUnreadableAndNotStale() {
        SlotWatch watch = look(look(SlotWatch.start(), beats(4), 1), reading(1, true), 2);
        assertThat(watch.facts()).containsEntry(H1, new SlotFact.Unreadable("its slot is not there any more"));
    }

    @Test
    void twoSlotsOfOneHostAreUnreadableBoth() {
        SlotWatch watch = look(SlotWatch.start(), reading(1, true, slot(0, "h1", beat(4)), slot(3, "h1", beat(9))), 1);
        assertThat(watch.facts()).containsEntry(H1, new SlotFact.Unreadable("two slots are claimed by h1"));
    }

    @Test
    void aSlotThatAnotherWritesIsUnreadable() {
        SlotWatch watch = look(SlotWatch.start(), reading(1, true, slot(0, "h2", beat(4))), 1);
        assertThat(watch.facts().get(HostId.of("h2")))
                .isEqualTo(new SlotFact.Unreadable("slot 0 is claimed by h2 and written by h1"));
    }

    @Test
    void oneLookThroughACacheSpoilsTheStandstillForAProof() {
        SlotWatch watch = look(SlotWatch.start(), reading(1, false, slot(0, "h1", beat(4))), 1);
        watch = look(watch, beats(4), 2);
        assertThat(((SlotFact.Seen) watch.facts().get(H1)).countsForProof()).isFalse();
        watch = look(watch, beats(5), 3);
        assertThat(((SlotFact.Seen) watch.facts().get(H1)).countsForProof()).isTrue();
    }

    @Test
    void timeThatAReadingTookIsNotCounted() {
        SlotWatch watch = SlotWatch.start().look(beats(4), 0, SECOND, GAP);
        watch = watch.look(beats(4), 2 * SECOND, 3 * SECOND, GAP);
        assertThat(age(watch)).isEqualTo(Duration.ofSeconds(1));
    }

    /** What happens between two looks: how long it takes, whether the host beats meanwhile, and how the look ends. */
    private record Turn(int millis, boolean hostBeats, boolean torn, boolean hangs) {}

    @Provide
    static Arbitrary<List<Turn>> turns() {
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.integers().between(1, 3000),
                        Arbitraries.of(true, false, false),
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(1, Arbitraries.just(true)),
                                net.jqwik.api.Tuple.of(6, Arbitraries.just(false))),
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(1, Arbitraries.just(true)),
                                net.jqwik.api.Tuple.of(6, Arbitraries.just(false))))
                .as(Turn::new)
                .list()
                .ofMaxSize(40);
    }

    /** The oracle knows when the host last wrote; the watch must never claim a longer standstill than that. */
    @Property
    void neverClaimsALongerStandstillThanThereWas(@ForAll("turns") List<Turn> turns) {
        SlotWatch watch = SlotWatch.start();
        long now = 0;
        long wroteAt = 0;
        long sequence = 1;
        for (Turn turn : turns) {
            now += turn.millis() * 1_000_000L;
            if (turn.hostBeats()) {
                sequence++;
                wroteAt = now;
            }
            DeviceReading reading = turn.hangs()
                    ? new DeviceReading.Unreadable("hangs")
                    : turn.torn() ? reading(1, true, slot(0, "h1", new Content.Unreadable<>("torn"))) : beats(sequence);
            watch = watch.look(reading, now, now, GAP);
            SlotFact fact = watch.facts().get(H1);
            if (turn.hangs() || turn.torn()) {
                assertThat(fact instanceof SlotFact.Seen).isFalse();
            } else {
                assertThat(((SlotFact.Seen) fact).unchanged().toNanos()).isBetween(0L, now - wroteAt);
            }
        }
    }
}
