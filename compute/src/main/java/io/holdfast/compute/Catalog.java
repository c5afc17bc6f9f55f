package io.holdfast.compute;

import io.holdfast.model.FlavorId;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Flavors and images. Errors are {@link ComputeException}s. */
public interface Catalog {

    List<Flavor> flavors();

    Optional<Flavor> flavor(FlavorId id);

    Flavor addFlavor(Flavor flavor);

    /**
     * Changes extra specs of a flavor: removes some keys, then sets others. Instances that take their recovery policy
     * from the flavor have the new one when this returns, and listeners hear of each such change.
     */
    Flavor changeExtraSpecs(FlavorId id, Map<String, String> set, Set<String> removed);

    Flavor describeFlavor(FlavorId id, @Nullable String description);

    /**
     * Gives a project the use of a flavor that is not public, or takes it back. CONFLICT when it has it already or the flavor
     * is public, NOT_FOUND when it has it not.
     */
    Flavor changeAccess(FlavorId id, ProjectId project, boolean may);

    /** Refused while an instance uses it. */
    void deleteFlavor(FlavorId id);

    /** Those that have content and may be used; {@link Images} has the others, too. */
    List<Image> images();

    /** The same. */
    Optional<Image> image(ImageId id);

    /** Registers a file that already lies in the images directory; refuses one that does not, or of another format. */
    Image addImage(Image image);

    /** Refused while an instance uses it, and when it is protected. A file that was registered stays; one that was uploaded goes. */
    void deleteImage(ImageId id);
}
