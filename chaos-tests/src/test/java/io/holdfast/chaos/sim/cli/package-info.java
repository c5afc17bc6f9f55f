/** {@code holdfast simulate} as its users call it. */
@NullMarked
package io.holdfast.chaos.sim.cli;

import org.jspecify.annotations.NullMarked;
