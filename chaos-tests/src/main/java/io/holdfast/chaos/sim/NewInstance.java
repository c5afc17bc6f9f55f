package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an owner asks for.
 *
 * @param only the one host it may be created on, or null for any
 * @param metadata the owner's words, those that begin with {@code holdfast:} among them
 * @param group the server group that it joins, or null
 */
public record NewInstance(
        String name,
        ProjectId project,
        Resources resources,
        RecoveryPolicy policy,
        @Nullable HostId only,
        Map<String, String> metadata,
        @Nullable ServerGroupId group) {

    public NewInstance {
        metadata = Map.copyOf(metadata);
    }
}
