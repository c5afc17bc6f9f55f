package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.PlacementRules;
import org.jspecify.annotations.Nullable;

/**
 * An instance that recovery starts elsewhere by itself when its home fails.
 *
 * @param name for people
 * @param home where it lives, or lived until that host failed
 * @param zone only hosts of this zone, or null for any
 * @param priority the higher the earlier
 * @param rules what else binds its home
 */
public record ProtectedInstance(
        InstanceId id,
        String name,
        HostId home,
        Resources wants,
        @Nullable String zone,
        int priority,
        PlacementRules rules) {

    /** One that nothing else binds. */
    public ProtectedInstance(
            InstanceId id, String name, HostId home, Resources wants, @Nullable String zone, int priority) {
        this(id, name, home, wants, zone, priority, PlacementRules.NONE);
    }
}
