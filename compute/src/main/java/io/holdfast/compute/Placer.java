package io.holdfast.compute;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses a home for a new or stopped instance. Asked by compute, answered by the scheduler through the wiring. */
@FunctionalInterface
public interface Placer {

    Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only);

    sealed interface Choice {
        record Home(HostId host) implements Choice {}

        /** No host will do; each host's reason, for the instance's fault. */
        record None(Map<HostId, String> reasons) implements Choice {}
    }
}
