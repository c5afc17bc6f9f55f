package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.util.List;
import java.util.Map;

/** The answer for one instance. */
public sealed interface Placement {

    InstanceId instance();

    /** For every host that was refused: each filter's word. */
    Map<HostId, List<Refusal>> refusals();

    /** A host was found. {@code points} says what each weigher gave it. */
    record Placed(InstanceId instance, HostId host, Map<String, Double> points, Map<HostId, List<Refusal>> refusals)
            implements Placement {}

    /** No host will do; {@link #refusals} says why, host by host. */
    record NoValidHost(InstanceId instance, Map<HostId, List<Refusal>> refusals) implements Placement {}

    /**
     * @param filter the filter's name, for example {@code capacity}
     * @param reason for people, for example {@code needs 2048 MiB, 512 MiB free}
     */
    record Refusal(String filter, String reason) {}
}
