package io.holdfast.recovery.core;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the guards may look at when one host is about to be condemned.
 *
 * @param silentSince when the host was first missed
 * @param powerReadOff whether its power device reads off
 * @param word whether somebody answers for the host being gone
 * @param hostMaintenance who has the host in maintenance and why, or null
 * @param hosts hosts of the segment, this one included
 * @param open cases of the segment that are open and not held, this one not included
 * @param neighbours the other hosts of the segment that are there or were until lately
 * @param observerDoubt why this controller would condemn nobody by silence now, or an empty text
 * @param history what happened lately, or null when it is not known
 */
public record Situation(
        HostId host,
        Instant now,
        Instant silentSince,
        boolean powerReadOff,
        boolean word,
        SegmentOrders orders,
        @Nullable String hostMaintenance,
        FailureDomains domains,
        int hosts,
        int open,
        List<Neighbour> neighbours,
        String observerDoubt,
        @Nullable History history) {

    public Situation {
        neighbours = List.copyOf(neighbours);
    }

    /** Evidence that no broken network can make up. */
    boolean hard() {
        return powerReadOff || word;
    }

    /**
     * Another host of the segment.
     *
     * @param silentSince when it was first missed; null when it is there, or when its power explains why it is not
     * @param out it was proven isolated and dealt with: it counts with those that were lost together with it, and otherwise
     *     is no member of anything any more
     */
    public record Neighbour(
            HostId host, FailureDomains domains, @Nullable Instant silentSince, boolean out) {}

    /**
     * @param fences when hosts of the segment were fenced, once for each case
     * @param holds when cases of the segment were held for a storm or a failure domain, once for each case
     * @param gone when the hosts were condemned that are out now and have no open case any more, once for each host
     */
    public record History(List<Instant> fences, List<Instant> holds, List<Instant> gone) {
        public History {
            fences = List.copyOf(fences);
            holds = List.copyOf(holds);
            gone = List.copyOf(gone);
        }
    }
}
