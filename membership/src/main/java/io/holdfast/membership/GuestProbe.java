package io.holdfast.membership;

import io.holdfast.model.HostId;
import java.time.Duration;

/** How membership asks whether a host's guests still write. Blocks at most for the deadline. */
@FunctionalInterface
public interface GuestProbe {

    /** Where nobody can look at disks. */
    GuestProbe NOBODY = (_, _) -> GuestActivity.NOBODY_LOOKS;

    GuestActivity look(HostId host, Duration deadline);
}
