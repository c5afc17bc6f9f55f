package io.holdfast.membership;

import java.time.Instant;
import java.util.Locale;

/**
 * One signal as it stood when a conclusion was drawn from it.
 *
 * @param signal which one
 * @param source who said it: the network of a group, the service, the device, the agent
 * @param reading what it said, for example {@code absent for 640 ms} or {@code power off}
 * @param since wall time of its last change, for people
 */
public record Evidence(Signal signal, String source, String reading, Instant since) {

    /** Of the source that such a signal has where there is only one. */
    public Evidence(Signal signal, String reading, Instant since) {
        this(signal, signal.source(), reading, since);
    }

    /** On one line, without its age. The source is named where the signal alone does not say it. */
    public String text() {
        String name = signal.name().toLowerCase(Locale.ROOT);
        boolean named = signal == Signal.GROUP && !source.equals(signal.source());
        return (named ? name + " on " + source : name) + " " + reading;
    }
}
