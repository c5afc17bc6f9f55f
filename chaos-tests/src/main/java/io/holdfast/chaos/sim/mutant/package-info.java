/** Mistakes planted in a simulated world, to see that the checkers find them. Nothing of the product knows of them. */
@NullMarked
package io.holdfast.chaos.sim.mutant;

import org.jspecify.annotations.NullMarked;
