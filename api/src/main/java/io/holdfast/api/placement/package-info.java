/**
 * Placement's API, microversions 1.0 to 1.39: translation to and from HTTP, nothing decided here.
 *
 * <p>{@link io.holdfast.api.placement.PlacementApi} puts the operations together, one class for each kind of resource. {@code Asked} reads
 * what the query asks for, which depends on the microversion more than bodies do.
 */
@NullMarked
package io.holdfast.api.placement;

import org.jspecify.annotations.NullMarked;
