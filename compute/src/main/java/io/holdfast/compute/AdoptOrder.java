package io.holdfast.compute;

import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import java.util.List;

/**
 * The whole truth of what a host owns, told before anything may run there. The agent destroys every guest that is not
 * in the list, adopts those that run, and only then starts what should run and does not.
 *
 * @param bootId the boot that the host last introduced itself with. A list can be held up for as long as a host is away:
 *     the caller waits for a connection, the host loses its power, its instances go elsewhere, and the next boot answers the
 *     call before its epoch has been told there. What was true of one boot starts nothing in another
 * @param number of this list among all that were ever made for this host, from 1; 0 from a controller that does not number
 *     them. A list that was overtaken by a newer one is known by it
 */
public record AdoptOrder(
        HostId host,
        HostEpoch hostEpoch,
        Incarnation incarnation,
        String bootId,
        long number,
        LeaderEpoch leader,
        List<InstanceOrder> owned) {

    public AdoptOrder {
        owned = List.copyOf(owned);
    }
}
