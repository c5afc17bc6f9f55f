package io.holdfast.compute;

import io.holdfast.model.FlavorId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A size that instances can have.
 *
 * @param extraSpecs for example {@code holdfast:recovery=automatic}
 * @param description for people, or null
 * @param access projects that may use it although it is not public
 */
public record Flavor(
        FlavorId id,
        String name,
        Resources resources,
        boolean isPublic,
        Map<String, String> extraSpecs,
        @Nullable String description,
        Set<ProjectId> access) {

    public Flavor {
        extraSpecs = Map.copyOf(extraSpecs);
        access = Set.copyOf(access);
    }

    /** Without a description, and given to nobody in particular. */
    public Flavor(FlavorId id, String name, Resources resources, boolean isPublic, Map<String, String> extraSpecs) {
        this(id, name, resources, isPublic, extraSpecs, null, Set.of());
    }
}
