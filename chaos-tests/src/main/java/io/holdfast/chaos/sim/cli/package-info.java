/** {@code holdfast simulate}. */
@NullMarked
package io.holdfast.chaos.sim.cli;

import org.jspecify.annotations.NullMarked;
