package io.holdfast.compute;

import io.holdfast.model.FlavorId;
import io.holdfast.model.ImageId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Flavors and images. Errors are {@link ComputeException}s. */
public interface Catalog {

    List<Flavor> flavors();

    Optional<Flavor> flavor(FlavorId id);

    Flavor addFlavor(Flavor flavor);

    /**
     * Adds extra specs to a flavor, over those that have the same key.
     *
     * @return the flavor as it is now
     */
    Flavor addExtraSpecs(FlavorId id, Map<String, String> extraSpecs);

    void deleteFlavor(FlavorId id);

    List<Image> images();

    Optional<Image> image(ImageId id);

    /** Registers a file that already lies in the images directory; refuses one that does not, or of another format. */
    Image addImage(Image image);

    /** Refused while an instance uses it. */
    void deleteImage(ImageId id);
}
