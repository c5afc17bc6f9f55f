package io.holdfast.api;

import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instances.NewInstance;

/** What a new instance is refused for where it is stored, for a cloud in memory. */
final class Wanted {

    private Wanted() {}

    static void check(NewInstance wanted, Catalog catalog) {
        catalog.flavor(wanted.flavor())
                .filter(one ->
                        one.isPublic() || wanted.anyFlavor() || one.access().contains(wanted.project()))
                .orElseThrow(() -> missing("Flavor " + wanted.flavor()));
        catalog.image(wanted.image()).orElseThrow(() -> missing("Image " + wanted.image()));
    }

    static ComputeException missing(String what) {
        return new ComputeException(ComputeException.Kind.INVALID, what + " could not be found.");
    }
}
