/**
 * The format of a slot device and the ages of what is read from it, without the world: bytes in, facts out; the reader's clock is
 * an argument.
 *
 * <p>What it refuses to do: guess. A block is intact, empty or unreadable, and an age is counted from a change that was seen.
 */
@NullMarked
package io.holdfast.slot.core;

import org.jspecify.annotations.NullMarked;
