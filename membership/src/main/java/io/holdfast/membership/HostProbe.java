package io.holdfast.membership;

import java.time.Duration;

/** How membership calls a host itself, past its agent. Blocks at most for the deadline. */
@FunctionalInterface
public interface HostProbe {

    Reachability call(HostRegistration where, Duration deadline);
}
