package io.holdfast.compute;

import io.holdfast.model.HostId;
import java.util.Map;

/** How busy hosts are, for whoever places instances: a hint, which decides nothing by itself and is forgotten after minutes. */
public interface HostLoads {

    /**
     * Writes down what has changed by as much as matters, and what was not said for a minute; hosts that are not known are passed over.
     *
     * @param busyPercents how much of each host's processors was in use of late, 0 to 100
     * @return how many were written
     */
    int record(Map<HostId, Integer> busyPercents);
}
