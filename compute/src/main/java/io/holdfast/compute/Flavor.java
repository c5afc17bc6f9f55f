package io.holdfast.compute;

import io.holdfast.model.FlavorId;
import io.holdfast.model.Resources;
import java.util.Map;

/**
 * A size that instances can have.
 *
 * @param extraSpecs for example {@code holdfast:recovery=automatic}
 */
public record Flavor(FlavorId id, String name, Resources resources, boolean isPublic, Map<String, String> extraSpecs) {

    public Flavor {
        extraSpecs = Map.copyOf(extraSpecs);
    }
}
