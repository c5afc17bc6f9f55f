package io.holdfast.fencing.observer;

import io.holdfast.model.HostId;
import java.util.Set;

/** How the observer learns of leases. Any thread may call. */
public interface LeaseReader {

    /** Which hosts' leases are watched from now on, and no others. Watching costs the ensemble a write for each look. */
    void watch(Set<HostId> hosts);

    /** What is known of a host that is watched, as of the last look. Never blocks. */
    LeaseFact watched(HostId host);

    /** One look now, which may block for as long as a request to the ensemble may take. Its age is nothing. */
    LeaseFact look(HostId host);
}
