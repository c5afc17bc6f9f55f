package io.holdfast.fencing;

import io.holdfast.model.PowerState;
import java.time.Duration;

/**
 * One reading of one device.
 *
 * @param state what it said; UNKNOWN when it said nothing usable
 * @param detail for people: what was asked and what came back, for example {@code wrong password for user fencer}
 * @param took how long it took
 */
public record PowerReading(PowerState state, String detail, Duration took) {}
