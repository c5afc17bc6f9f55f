package io.holdfast.lab.ledger;

import io.holdfast.lab.ledger.Ledger.Beat;
import io.holdfast.lab.ledger.Ledger.Boot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a ledger tells of one writer at a time, boots one after the other. Pure.
 *
 * <p>Each boot owns the numbers from its first to the one before the next boot's first. A number in the ring that was
 * written by another boot than its owner means that two boots wrote at the same time: the earlier one went on after the
 * later one had begun.
 */
public final class LedgerCheck {

    private LedgerCheck() {}

    /** One thing that is wrong. */
    public sealed interface Violation {

        /** The guest itself found a second writer. */
        record SplitBrainNoted(Ledger.SplitBrain mark) implements Violation {
            @Override
            public String toString() {
                return "split brain: boot %016x found a beat of boot %016x (number %d) where its own should have been"
                        .formatted(mark.bootId(), mark.foreignBootId(), mark.foreignSequence());
            }
        }

        /** A beat with a number that belongs to another boot: the two overlapped. */
        record Interleaved(Beat beat, Boot owner) implements Violation {
            @Override
            public String toString() {
                return "interleaved: number %d was written by boot %016x, and belongs to boot %016x"
                        .formatted(beat.sequence(), beat.bootId(), owner.bootId());
            }
        }

        /** A beat of a boot that the boot table does not know. */
        record UnknownBoot(Beat beat) implements Violation {
            @Override
            public String toString() {
                return "unknown boot: number %d was written by boot %016x, which is not in the boot table"
                        .formatted(beat.sequence(), beat.bootId());
            }
        }

        /** Two boots in a row whose numbers do not rise: the later did not begin where the earlier ended. */
        record BootsOutOfOrder(Boot earlier, Boot later) implements Violation {
            @Override
            public String toString() {
                return "boots out of order: boot %d begins at number %d, boot %d at number %d"
                        .formatted(
                                earlier.bootCount(), earlier.firstSequence(), later.bootCount(), later.firstSequence());
            }
        }

        /** More than the one number that a power loss may cost is missing from the ring. */
        record BeatsMissing(long afterSequence, long beforeSequence) implements Violation {
            @Override
            public String toString() {
                return "beats missing: nothing between the numbers " + afterSequence + " and " + beforeSequence;
            }
        }
    }

    /** Everything that is wrong, or an empty list when the ledger is intact. */
    public static List<Violation> violations(Ledger ledger) {
        List<Violation> found = new ArrayList<>();
        ledger.splitBrain().ifPresent(mark -> found.add(new Violation.SplitBrainNoted(mark)));
        List<Boot> boots = ledger.boots();
        for (int i = 1; i < boots.size(); i++) {
            Boot earlier = boots.get(i - 1);
            Boot later = boots.get(i);
            if (later.bootCount() != earlier.bootCount() + 1 || later.firstSequence() <= earlier.firstSequence()) {
                found.add(new Violation.BootsOutOfOrder(earlier, later));
            }
        }
        Map<Long, Boot> known = new HashMap<>();
        boots.forEach(boot -> known.put(boot.bootId(), boot));
        List<Beat> beats = new ArrayList<>(ledger.beats());
        ledger.current().ifPresent(beats::add);
        for (Beat beat : beats) {
            Boot owner = owner(boots, beat.sequence());
            if (owner == null) {
                // Older than the oldest boot that the table still has room for.
                continue;
            }
            if (owner.bootId() != beat.bootId()) {
                found.add(
                        known.containsKey(beat.bootId())
                                ? new Violation.Interleaved(beat, owner)
                                : new Violation.UnknownBoot(beat));
            }
        }
        List<Beat> lap = lastLap(ledger);
        for (int i = 1; i < lap.size(); i++) {
            Beat before = lap.get(i - 1);
            Beat after = lap.get(i);
            long missing = after.sequence() - before.sequence() - 1;
            // A boot that ended between its two writes leaves one number out, and so may several boots in a row.
            if (missing > Math.max(0, after.bootCount() - before.bootCount())) {
                found.add(new Violation.BeatsMissing(before.sequence(), after.sequence()));
            }
        }
        return List.copyOf(found);
    }

    /**
     * The beats of the ring's last lap. A number that a power loss left out did not overwrite what its place held a lap
     * ago; that old beat says nothing of the numbers after it, whose places have been written over since.
     */
    private static List<Beat> lastLap(Ledger ledger) {
        long newest = ledger.current()
                .map(Beat::sequence)
                .orElseGet(() ->
                        ledger.beats().stream().mapToLong(Beat::sequence).max().orElse(0));
        return ledger.beats().stream()
                .filter(beat -> beat.sequence() > newest - LedgerFormat.RING_SIZE)
                .toList();
    }

    public static boolean intact(Ledger ledger) {
        return violations(ledger).isEmpty();
    }

    private static @org.jspecify.annotations.Nullable Boot owner(List<Boot> boots, long sequence) {
        @org.jspecify.annotations.Nullable Boot owner = null;
        for (Boot boot : boots) {
            if (boot.firstSequence() <= sequence && (owner == null || boot.firstSequence() >= owner.firstSequence())) {
                owner = boot;
            }
        }
        return owner;
    }
}
