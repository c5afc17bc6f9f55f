package io.holdfast.membership;

import java.time.Instant;

/**
 * One signal as it stood when a conclusion was drawn from it.
 *
 * @param signal which one
 * @param reading what it said, for example {@code absent for 640 ms} or {@code power off}
 * @param since wall time of its last change, for people
 */
public record Evidence(Signal signal, String reading, Instant since) {}
