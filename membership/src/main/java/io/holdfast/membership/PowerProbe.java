package io.holdfast.membership;

import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;

/** How membership asks for a host's power. Implemented over fencing's devices; blocks at most for the deadline. */
@FunctionalInterface
public interface PowerProbe {

    PowerState readPower(HostId host, Duration deadline);
}
