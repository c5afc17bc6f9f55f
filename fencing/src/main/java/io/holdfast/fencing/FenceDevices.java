package io.holdfast.fencing;

import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Optional;

/** Which device cuts the power of which host. Fixed while the process runs. */
public record FenceDevices(Map<HostId, FenceDevice> byHost) {

    public FenceDevices {
        byHost = Map.copyOf(byHost);
    }

    public Optional<FenceDevice> of(HostId host) {
        return Optional.ofNullable(byHost.get(host));
    }
}
