package io.holdfast.fencing.core;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.FenceReadiness.Notice;
import io.holdfast.fencing.FenceReadiness.State;
import io.holdfast.fencing.FenceReadiness.Step;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * From one rehearsal of a host to the next: what is believed of it, whom to tell, and when to look again. Pure.
 *
 * <pre>
 * before      found               after      told
 * -           some level works    READY      -
 * READY       some level works    READY      -
 * DOUBTED     some level works    READY      -
 * UNREADY     some level works    READY      READY
 * -           none works          DOUBTED    -
 * READY       none works          DOUBTED    -
 * DOUBTED     none works          UNREADY    UNREADY
 * UNREADY     none works          UNREADY    -
 * any other   no device at all    UNREADY    UNREADY
 * UNREADY     no device at all    UNREADY    -
 * </pre>
 *
 * <p>Twice, because one lost datagram or a controller that is just being updated is no reason to call somebody, and because
 * a host that dies in the middle of a rehearsal takes its device with it: by the second look its case is open and there is no
 * rehearsal. That a host has no device will not be otherwise half a minute later.
 */
public final class Readiness {

    /** Too short: the second look falls into the same trouble as the first; too long: operators hear late. */
    public static final Duration AGAIN = Duration.ofSeconds(30);

    /** After so many intervals without a rehearsal, what is known counts as old. */
    static final int OLD_INTERVALS = 3;

    /** What counts as old where nothing is rehearsed by itself. */
    static final Duration OLD_BY_HAND = Duration.ofDays(1);

    private Readiness() {}

    /** @param before what was believed, null if nothing is remembered of this host */
    public static Step step(@Nullable FenceReadiness before, HostId host, FenceCheck found) {
        @Nullable State was = before == null ? null : before.state();
        State now = found.works()
                ? State.READY
                : found.levels().isEmpty() || was == State.DOUBTED || was == State.UNREADY
                        ? State.UNREADY
                        : State.DOUBTED;
        Instant since = before == null || was != now ? found.at() : before.since();
        return new Step(new FenceReadiness(host, now, since, found), notice(was, now));
    }

    private static @Nullable Notice notice(@Nullable State was, State now) {
        if (now == State.UNREADY && was != State.UNREADY) {
            return Notice.UNREADY;
        }
        return now == State.READY && was == State.UNREADY ? Notice.READY : null;
    }

    /**
     * How long until the next rehearsal.
     *
     * @param interval between two, as it is configured
     * @param dice 0 to 1, by chance: hosts that were looked at together do not stay so
     */
    public static Duration pause(State state, Duration interval, double dice) {
        Duration spread = Duration.ofNanos((long) (interval.toNanos() * (0.9 + 0.2 * dice)));
        return state == State.DOUBTED && AGAIN.compareTo(spread) < 0 ? AGAIN : spread;
    }

    /** Whether what was found then is too old to be relied upon. */
    public static boolean old(Instant at, Instant now, Duration interval) {
        Duration limit = interval.isZero() ? OLD_BY_HAND : interval.multipliedBy(OLD_INTERVALS);
        return Duration.between(at, now).compareTo(limit) > 0;
    }
}
