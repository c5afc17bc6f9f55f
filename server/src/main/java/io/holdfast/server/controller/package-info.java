/**
 * {@code holdfast controller}: the composition root of the process that decides.
 *
 * <p>Wiring only: which part gets which port, in which order they start, and that they end in the reverse order. What
 * touches hosts is behind {@link io.holdfast.server.controller.World}, of which there is a real one and a simulated one;
 * everything else is the same code in both.
 */
@NullMarked
package io.holdfast.server.controller;

import org.jspecify.annotations.NullMarked;
