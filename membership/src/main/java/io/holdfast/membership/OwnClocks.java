package io.holdfast.membership;

import io.holdfast.membership.core.Moment;
import java.time.Instant;

/** Reads both clocks of this machine at one moment, as nearly as that can be done. */
public final class OwnClocks {

    /** Between the looks at the monotonic clock around one at the wall clock; more was a pause of this process. */
    private static final long UNDISTURBED_NANOS = 1_000_000;

    private static final int LOOKS = 5;

    private OwnClocks() {}

    private record Look(Moment at, long tookNanos) {}

    /** Of several looks the least disturbed: a pause between the two clocks would pass for a jump of one of them. */
    public static Moment now() {
        Look best = look();
        for (int i = 1; i < LOOKS && best.tookNanos() > UNDISTURBED_NANOS; i++) {
            Look next = look();
            best = next.tookNanos() < best.tookNanos() ? next : best;
        }
        return best.at();
    }

    private static Look look() {
        long before = System.nanoTime();
        Instant wall = Instant.now();
        return new Look(new Moment(before, wall), System.nanoTime() - before);
    }
}
