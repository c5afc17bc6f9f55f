package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;

/**
 * A goal for one instance on one host. Not a script: the agent converges to it, and the same order twice changes
 * nothing the second time.
 *
 * @param hostEpoch the agent refuses an epoch older than the newest it has seen
 * @param leader likewise
 * @param generation likewise, per instance
 * @param gently whether a guest of an older generation is asked to shut down before it is ended
 */
public record InstanceOrder(
        HostId host,
        HostEpoch hostEpoch,
        LeaderEpoch leader,
        InstanceId instance,
        Generation generation,
        InstanceGoal goal,
        GuestSpec spec,
        boolean gently) {

    /** One that ends what runs at an older generation at once. */
    public InstanceOrder(
            HostId host,
            HostEpoch hostEpoch,
            LeaderEpoch leader,
            InstanceId instance,
            Generation generation,
            InstanceGoal goal,
            GuestSpec spec) {
        this(host, hostEpoch, leader, instance, generation, goal, spec, false);
    }
}
