package io.holdfast.recovery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Wall time as it was when the process began, and from then on as the monotonic clock counts. Deadlines are reckoned with
 * it, so that a wall clock which is set back by an hour does not make every deadline an hour late, and one which is set
 * forward does not make them all due. Any thread may ask.
 */
public final class SteadyClock implements InstantSource {

    private final Instant began;
    private final long beganNanos;
    private final LongSupplier nanos;

    /** @param nanos the monotonic clock */
    public SteadyClock(InstantSource wall, LongSupplier nanos) {
        this.began = wall.instant();
        this.beganNanos = nanos.getAsLong();
        this.nanos = nanos;
    }

    @Override
    public Instant instant() {
        return began.plus(Duration.ofNanos(nanos.getAsLong() - beganNanos));
    }
}
