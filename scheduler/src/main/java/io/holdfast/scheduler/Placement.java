package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.List;
import java.util.Map;

/** The answer for one instance. */
public sealed interface Placement {

    InstanceId instance();

    /** A host was found. {@code points} says what each weigher gave it; why others were not is what {@link Scheduler#explain} is for. */
    record Placed(InstanceId instance, HostId host, Map<String, Double> points) implements Placement {}

    /**
     * No host will do.
     *
     * @param refusals of every host the word of each filter that refuses it
     */
    record NoValidHost(InstanceId instance, Map<HostId, List<Refusal>> refusals) implements Placement {}

    /**
     * @param filter the filter's name, for example {@code capacity}
     * @param reason for people, for example {@code needs 2048 MiB, 512 MiB free}
     */
    record Refusal(String filter, String reason) {}
}
