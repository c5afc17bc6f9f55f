/** One checker per invariant of the architecture, each written from what really happened in the world. */
@NullMarked
package io.holdfast.chaos.sim.check;

import org.jspecify.annotations.NullMarked;
