/** The simulator against itself: the same story twice, every planted mistake found, no violation in fresh seeds. */
@NullMarked
package io.holdfast.chaos.sim;

import org.jspecify.annotations.NullMarked;
