package io.holdfast.lab.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.Ledger.Boot;
import io.holdfast.lab.ledger.Ledger.SplitBrain;
import io.holdfast.lab.ledger.LedgerCheck.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LedgerCheckTest {

    @Test
    void anEmptyLedgerIsIntact() {
        assertThat(LedgerCheck.violations(new Ledger("x", Optional.empty(), List.of(), List.of(), Optional.empty())))
                .isEmpty();
    }

    @Test
    void aMarkAloneIsAViolation() {
        Ledger ledger =
                new Ledger("x", Optional.empty(), List.of(), List.of(), Optional.of(new SplitBrain(1, 2, 3, 4, 1)));
        assertThat(LedgerCheck.violations(ledger))
                .singleElement()
                .isInstanceOf(Violation.SplitBrainNoted.class)
                .asString()
                .contains("0000000000000003");
    }

    @Test
    void aBeatOfTheEarlierBootAfterTheLaterBeganIsInterleaved() {
        Beat late = new Beat(0xa, 1, 3);
        Ledger ledger = new Ledger(
                "x",
                Optional.of(new Beat(0xb, 2, 4)),
                List.of(new Boot(0xa, 1, 1), new Boot(0xb, 2, 3)),
                List.of(new Beat(0xa, 1, 1), new Beat(0xa, 1, 2), late, new Beat(0xb, 2, 4)),
                Optional.empty());
        assertThat(LedgerCheck.violations(ledger))
                .containsExactly(new Violation.Interleaved(late, new Boot(0xb, 2, 3)));
    }

    @Test
    void namesUnknownBootsMissingBeatsAndBootsOutOfOrder() {
        Ledger ledger = new Ledger(
                "x",
                Optional.empty(),
                List.of(new Boot(0xa, 1, 1), new Boot(0xb, 3, 5)),
                List.of(new Beat(0xa, 1, 1), new Beat(0xa, 1, 4), new Beat(0xc, 3, 5)),
                Optional.empty());
        assertThat(LedgerCheck.violations(ledger))
                .hasExactlyElementsOfTypes(
                        Violation.BootsOutOfOrder.class, Violation.UnknownBoot.class, Violation.BeatsMissing.class);
    }

    /** The oracle is the writing itself: whoever writes alone, and dies wherever, leaves an intact ledger. */
    @Property(tries = 300)
    void aSingleWriterThatLosesPowerAnywhereLeavesAnIntactLedger(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 90) int boots) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        SimulatedDisk disk = new SimulatedDisk();
        for (int i = 0; i < boots; i++) {
            SimulatedGuest guest = new SimulatedGuest(disk, random.nextLong() | 1);
            guest.run(random.nextInt(1, 60));
        }
        assertThat(LedgerCheck.violations(disk.ledger())).isEmpty();
    }

    /** Found by the property above: what a left-out number did not overwrite is of the lap before. */
    @Test
    void aBeatOfTheLapBeforeIsNoSignOfMissingOnes() {
        long lap = LedgerFormat.RING_SIZE;
        List<Beat> ring = new ArrayList<>();
        ring.add(new Beat(0xa, 1, 3));
        for (long number = 5; number <= lap + 4; number++) {
            if (number != lap + 3) {
                ring.add(new Beat(number < lap + 3 ? 0xa : 0xb, number < lap + 3 ? 1 : 2, number));
            }
        }
        Ledger ledger = new Ledger(
                "x",
                Optional.of(new Beat(0xb, 2, lap + 4)),
                List.of(new Boot(0xa, 1, 1), new Boot(0xb, 2, lap + 4)),
                ring,
                Optional.empty());
        assertThat(LedgerCheck.violations(ledger)).isEmpty();

        Ledger gap = new Ledger(
                "x",
                ledger.current(),
                ledger.boots(),
                ring.stream().filter(beat -> beat.sequence() != 20).toList(),
                Optional.empty());
        assertThat(LedgerCheck.violations(gap)).containsExactly(new Violation.BeatsMissing(19, 21));
    }

    @Property(tries = 300)
    void twoWritersAtTheSameTimeNeverLookIntact(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int before) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        SimulatedDisk disk = new SimulatedDisk();
        SimulatedGuest first = new SimulatedGuest(disk, random.nextLong() | 1);
        first.run(3 + before * 3);
        SimulatedGuest second = new SimulatedGuest(disk, random.nextLong() | 1);
        second.run(3);
        // Both write at least one whole beat while the other lives.
        for (int i = 0; i < 40; i++) {
            (random.nextBoolean() ? first : second).run(1);
        }
        first.run(9);
        second.run(9);
        first.run(9);
        assertThat(LedgerCheck.intact(disk.ledger())).isFalse();
    }

    /** The disk of the format as plain fields. */
    private static final class SimulatedDisk {
        private Optional<Beat> current = Optional.empty();
        private Optional<SplitBrain> mark = Optional.empty();
        private final Boot[] boots = new Boot[LedgerFormat.BOOTS_SIZE];
        private final Beat[] ring = new Beat[LedgerFormat.RING_SIZE];

        Ledger ledger() {
            List<Boot> table = new ArrayList<>();
            List<Beat> beats = new ArrayList<>();
            for (Boot boot : boots) {
                if (boot != null
                        && current.isPresent()
                        && boot.bootCount() <= current.get().bootCount()) {
                    table.add(boot);
                }
            }
            for (Beat beat : ring) {
                if (beat != null
                        && current.isPresent()
                        && beat.sequence() <= current.get().sequence()) {
                    beats.add(beat);
                }
            }
            table.sort(java.util.Comparator.comparingLong(Boot::bootCount));
            beats.sort(java.util.Comparator.comparingLong(Beat::sequence));
            return new Ledger("x", current, table, beats, mark);
        }
    }

    /** The guests' program, one write per step, so that power can go between any two. */
    private static final class SimulatedGuest {
        private final SimulatedDisk disk;
        private final long id;
        private int step;
        private long count;
        private long sequence;

        SimulatedGuest(SimulatedDisk disk, long id) {
            this.disk = disk;
            this.id = id;
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++, step++) {
                if (step == 0) {
                    count = disk.current.map(Beat::bootCount).orElse(0L) + 1;
                    sequence = disk.current.map(Beat::sequence).orElse(0L) + 1;
                    disk.boots[(int) ((count - 1) % LedgerFormat.BOOTS_SIZE)] = new Boot(id, count, sequence);
                } else if (step % 3 == 1) {
                    disk.current = Optional.of(new Beat(id, count, sequence));
                } else if (step % 3 == 2) {
                    disk.ring[(int) (sequence % LedgerFormat.RING_SIZE)] = new Beat(id, count, sequence);
                } else {
                    Beat seen = disk.current.orElseThrow();
                    if (seen.bootId() != id) {
                        disk.mark = Optional.of(new SplitBrain(id, sequence, seen.bootId(), seen.sequence(), 1));
                    }
                    sequence++;
                }
            }
        }
    }
}
