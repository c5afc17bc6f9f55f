package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Instant;

/**
 * What an agent says of one instance.
 *
 * @param detail for people, for example why it could not be started; empty when there is nothing to say
 */
public record InstanceReport(
        InstanceId instance, Generation generation, ActualState actual, String detail, Instant at) {}
