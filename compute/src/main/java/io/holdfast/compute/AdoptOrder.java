package io.holdfast.compute;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import java.util.List;

/**
 * The whole truth of what a host owns, told before anything may run there. The agent destroys every guest that is not
 * in the list, adopts those that run, and only then starts what should run and does not.
 */
public record AdoptOrder(
        HostId host, HostEpoch hostEpoch, Incarnation incarnation, LeaderEpoch leader, List<InstanceOrder> owned) {

    public AdoptOrder {
        owned = List.copyOf(owned);
    }
}
