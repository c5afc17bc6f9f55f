package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Instant;

/**
 * What an agent says of one instance.
 *
 * @param detail for people, for example why it could not be started; empty when there is nothing to say
 * @param cameUp whether its guest has said that it is healthy since it was started, see {@link
 *     io.holdfast.compute.core.GuestVoice}; true of nothing but RUNNING
 * @param signs how its guest is beyond that
 */
public record InstanceReport(
        InstanceId instance,
        Generation generation,
        ActualState actual,
        boolean cameUp,
        String detail,
        Instant at,
        GuestSigns signs) {

    /** One that tells nothing of how its guest is. */
    public InstanceReport(
            InstanceId instance, Generation generation, ActualState actual, boolean cameUp, String detail, Instant at) {
        this(instance, generation, actual, cameUp, detail, at, GuestSigns.NONE);
    }

    public InstanceReport {
        if (cameUp && actual != ActualState.RUNNING) {
            throw new IllegalArgumentException("instance " + instance + " cannot have come up, it is " + actual);
        }
    }
}
