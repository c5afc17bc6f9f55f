package io.holdfast.placement;

import java.util.Set;

/** The names of resource classes and traits: those that everybody knows, and those that clients made. Thread-safe. */
public interface Words {

    /** All, sorted. */
    Set<String> resourceClasses();

    /** @return whether it was not there before */
    boolean addResourceClass(String name);

    /**
     * Also of one that is in use: who offers it or has it does so under the new name from then on.
     *
     * @throws PlacementException NOT_FOUND, DUPLICATE_NAME; INVALID for one that everybody knows
     */
    void renameResourceClass(String name, String newName);

    /** @throws PlacementException NOT_FOUND; INVALID for one that everybody knows; CONFLICT while a provider offers it */
    void deleteResourceClass(String name);

    /** All, sorted. */
    Set<String> traits();

    /** Those that a provider has, sorted. */
    Set<String> traitsInUse();

    /** @return whether it was not there before */
    boolean addTrait(String name);

    /** @throws PlacementException NOT_FOUND; INVALID for one that everybody knows; CONFLICT while a provider has it */
    void deleteTrait(String name);
}
