package io.holdfast.fencing;

import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.Optional;

/** What operators were told last of each host's hardware, whoever led then. Any thread may call; calls block. */
public interface HardwareBook {

    /** Nothing where nothing was ever told. */
    Optional<HardwareHealth.Grade> told(HostId host);

    /**
     * Remembers a grade and tells of it: both, or neither.
     *
     * @throws RuntimeException when that cannot be written, or a newer leader is known; then nothing is
     */
    void tell(HostId host, HardwareHealth.Grade grade, Fact fact, SegmentId segment, LeaderEpoch leader);
}
