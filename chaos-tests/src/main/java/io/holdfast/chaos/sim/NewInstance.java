package io.holdfast.chaos.sim;

import io.holdfast.compute.PlacementHints;
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
 * @param hints near or far from whom it wants to be
 * @param specs what its flavor wants of hosts' aggregates
 */
public record NewInstance(
        String name,
        ProjectId project,
        Resources resources,
        RecoveryPolicy policy,
        @Nullable HostId only,
        Map<String, String> metadata,
        @Nullable ServerGroupId group,
        PlacementHints hints,
        Map<String, String> specs) {

    public NewInstance {
        metadata = Map.copyOf(metadata);
        specs = Map.copyOf(specs);
    }

    /** One that only its group binds. */
    public static NewInstance unconstrained(
            String name,
            ProjectId project,
            Resources resources,
            RecoveryPolicy policy,
            @Nullable HostId only,
            Map<String, String> metadata,
            @Nullable ServerGroupId group) {
        return new NewInstance(name, project, resources, policy, only, metadata, group, PlacementHints.NONE, Map.of());
    }
}
