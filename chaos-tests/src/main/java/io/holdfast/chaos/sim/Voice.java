package io.holdfast.chaos.sim;

import java.time.Duration;

/**
 * A subject's voice as it comes to one observer. The beats of a voice are not played: what is drawn is the next silence that is long
 * enough for the observer to miss a beat too many, and its end. A link that loses a part of its datagrams loses each beat by
 * itself, so the number of shorter silences until a long one is geometric, and so is the length of each.
 */
final class Voice {

    private static final long NEVER = Long.MAX_VALUE;

    /** As long as a member of the group takes to come back into a view. */
    private static final Duration SOONEST_BACK = Duration.ofMillis(200);

    private static final Duration LATEST_BACK = Duration.ofMillis(1200);

    /** After so many it does not matter any more which beat it is. */
    private static final double FOREVER = 1e12;

    private final Dice dice;
    private final long intervalNanos;
    private final long baseNanos;

    /** So many beats in a row have to be lost. */
    private final int lost;

    private boolean cut;
    private double loss = 1;
    private long slowest;

    /** The silence that is, or the next one. */
    private long from;

    private long to = NEVER;

    /** Of a subject that was never heard. */
    Voice(Dice dice, Duration interval, Duration base, long now) {
        this.dice = dice;
        this.intervalNanos = interval.toNanos();
        this.baseNanos = base.toNanos();
        this.lost = (int) (baseNanos / intervalNanos);
        this.from = now;
    }

    /**
     * What is the matter now.
     *
     * @param speaks whether the subject's process runs
     * @param wayLoss the share of beats that are lost on the way; 1 when it is cut
     * @param slowestNanos how long a beat may be under way
     * @param beat when the last beat was sent, before now
     * @return whether anything is another than it was
     */
    boolean changed(boolean speaks, double wayLoss, long slowestNanos, long beat, long now) {
        double lossNow = speaks ? wayLoss : 1;
        if (lossNow == loss && (wayLoss == 1) == cut && slowestNanos == slowest) {
            return false;
        }
        advance(now);
        boolean wasShut = loss == 1;
        boolean wasCut = cut;
        boolean later = slowestNanos > slowest;
        cut = wayLoss == 1;
        loss = lossNow;
        slowest = slowestNanos;
        if (loss == 1) {
            from = isSilent(now) ? from : Math.min(beat, now);
            to = NEVER;
        } else if (wasShut) {
            // A connection that was cut is made anew; who stood still answers what has waited for it.
            long back = wasCut ? dice.between(SOONEST_BACK, LATEST_BACK).toNanos() : intervalNanos;
            to = now + back + geometric(loss) * intervalNanos;
        } else if (isSilent(now)) {
            to = now + (1 + geometric(loss)) * intervalNanos;
        } else {
            drawNext(beat);
        }
        if (loss < 1 && later) {
            beginLate(beat, now);
        }
        return true;
    }

    /** The beats of before have come, and those of now take longer. */
    private void beginLate(long beat, long now) {
        long first = NEVER;
        for (long sent = now; sent < first; sent += intervalNanos) {
            if (!dice.chance(loss)) {
                long under = dice.between(0, slowest / 2) + dice.between(0, slowest / 2);
                first = Math.min(first, sent + under);
            }
        }
        if (isSilent(now)) {
            to = Math.max(to, first);
        } else if (first - beat > baseNanos) {
            from = beat;
            to = first;
        }
    }

    boolean isSilent(long at) {
        return from <= at && at < to;
    }

    /** When the silence begins that is, or will be next; {@link Long#MAX_VALUE}: none will be. */
    long silentFrom() {
        return from;
    }

    /** When it is heard again that is silent; {@link Long#MAX_VALUE}: not before something changes. */
    long silentUntil() {
        return to;
    }

    /** Whether nothing will happen by itself. */
    boolean isSteady() {
        return to == NEVER;
    }

    double loss() {
        return loss;
    }

    /**
     * When it was heard last.
     *
     * @param before the turn before this one, in which the observer asked
     * @param listened whether the observer has run since
     */
    long heard(long before, boolean listened, long now) {
        if (isSilent(before)) {
            long silentSince = from;
            long end = to;
            advance(now);
            return listened && end <= now ? end : silentSince;
        }
        advance(now);
        return from <= before ? from : before;
    }

    /** Draws what comes after a silence that is over. */
    private void advance(long now) {
        while (to <= now) {
            drawNext(to);
        }
    }

    private void drawNext(long heard) {
        double noticed = Math.pow(loss, lost);
        double shorter = noticed == 0 ? FOREVER : Math.floor(Math.log1p(-dice.share()) / Math.log1p(-noticed));
        if (shorter >= FOREVER) {
            from = NEVER;
            to = NEVER;
            return;
        }
        double beatsEach = 1 + loss / (1 - loss) - lost * noticed / (1 - noticed);
        from = heard + Math.round(shorter * beatsEach) * intervalNanos;
        to = from + (lost + 1 + geometric(loss)) * intervalNanos;
    }

    /** How many are lost until one is not. */
    private long geometric(double share) {
        return share == 0 ? 0 : (long) (Math.log1p(-dice.share()) / Math.log(share));
    }
}
