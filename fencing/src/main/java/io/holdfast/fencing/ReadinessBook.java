package io.holdfast.fencing;

import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of the rehearsals, the newest of each host: what every controller shows, and where the next leader goes
 * on, so that nobody is told twice. Any thread may call.
 *
 * <p>Failures are the store's own; nothing is remembered then.
 */
public interface ReadinessBook {

    /** All hosts that were ever rehearsed, by name. */
    List<FenceReadiness> all();

    Optional<FenceReadiness> find(HostId host);

    /**
     * Remembers the newest rehearsal of a host, and what is to be told of it, both or neither.
     *
     * @param fact told to those whom it concerns; null for nothing
     * @param leader who writes; an older leader than the newest is refused
     */
    void put(FenceReadiness readiness, @Nullable Fact fact, SegmentId segment, LeaderEpoch leader);
}
