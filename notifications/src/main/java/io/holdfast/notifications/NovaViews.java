package io.holdfast.notifications;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What the notifications in Nova's form say of things, as they are now. May block. */
public interface NovaViews {

    /** The data of Nova's {@code InstancePayload}; empty when there is no such instance any more. */
    Optional<Map<String, Object>> instance(UUID instance);

    /** The data of Nova's {@code ServiceStatusPayload} for the host's compute service; empty when there is none. */
    Optional<Map<String, Object>> service(String host);
}
