/** The shipped fake of recovery's journal, held to the same contract test as the real one. */
@NullMarked
package io.holdfast.recovery.sim;

import org.jspecify.annotations.NullMarked;
