package io.holdfast.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * A request, and all that it depends on beside hosts, while a plan is made.
 *
 * @param group its server group, or null
 */
record Asking(PlacementRequest request, @Nullable Companions group, Neighbours neighbours) {}
