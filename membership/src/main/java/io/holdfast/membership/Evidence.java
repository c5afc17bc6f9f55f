package io.holdfast.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One signal as it stood when a conclusion was drawn from it.
 *
 * @param signal which one
 * @param source who said it: the network of a group, the service, the device, the agent
 * @param reading what it said, for example {@code absent for 640 ms} or {@code power off}
 * @param since wall time of its last change, for people
 * @param observedNanos when it was observed last, changed or not, by {@link System#nanoTime} of this process (virtual in
 *     simulations); null while this process has not looked yet. What nobody has looked at for long says little of now
 */
public record Evidence(
        Signal signal,
        String source,
        String reading,
        Instant since,
        @Nullable Long observedNanos) {

    /** Of the source that such a signal has where there is only one. */
    public Evidence(Signal signal, String reading, Instant since, @Nullable Long observedNanos) {
        this(signal, signal.source(), reading, since, observedNanos);
    }

    /** How long ago it was observed last, not negative; null while it never was. */
    public @Nullable Duration age(long nowNanos) {
        return observedNanos == null ? null : Duration.ofNanos(Math.max(0, nowNanos - observedNanos));
    }

    /** On one line, without its age. The source is named where the signal alone does not say it. */
    public String text() {
        String name = signal.name().toLowerCase(Locale.ROOT);
        boolean named = signal == Signal.GROUP && !source.equals(signal.source());
        return (named ? name + " on " + source : name) + " " + reading;
    }
}
