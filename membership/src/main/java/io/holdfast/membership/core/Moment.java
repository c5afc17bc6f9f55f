package io.holdfast.membership.core;

import java.time.Duration;
import java.time.Instant;

/**
 * A moment on both clocks.
 *
 * @param nanos the monotonic clock; all arithmetic uses this one
 * @param wall the wall clock; for people only
 */
public record Moment(long nanos, Instant wall) {

    /** How long ago {@code earlier} was; negative when it lies ahead. */
    public Duration since(Moment earlier) {
        return Duration.ofNanos(nanos - earlier.nanos);
    }

    /** How far it is from the other, whichever comes first. Many are asked, so nothing is reckoned with {@link Duration#abs}. */
    Duration apart(Moment other) {
        return Duration.ofNanos(Math.abs(nanos - other.nanos));
    }

    /** The wall clock less the monotonic one, in nanoseconds: only its changes mean anything. */
    public long wallMinusNanos() {
        return wall.getEpochSecond() * 1_000_000_000L + wall.getNano() - nanos;
    }

    public boolean isBefore(Moment other) {
        return nanos - other.nanos < 0;
    }

    public Moment plus(Duration duration) {
        return new Moment(nanos + duration.toNanos(), wall.plus(duration));
    }

    boolean hasPassed(Moment since, Duration duration) {
        return since(since).compareTo(duration) >= 0;
    }
}
