/**
 * A watchdog device by its file: opening it arms it, a byte pets it, and the letter V before closing disarms it. All of that needs no
 * more than plain writes, so a FIFO or a file that something outside the host watches plays the device in a lab.
 *
 * <p>What it refuses to do: arm a device that is not known to go on counting when its file is closed. One that stops then would let a
 * host whose agent was killed live on, while others count on its death.
 */
@NullMarked
package io.holdfast.fencing.watchdog;

import org.jspecify.annotations.NullMarked;
