/**
 * Compute's rules as functions: which policy an instance has, what a name may look like, what a report changes.
 *
 * <p>No clock, thread, I/O, logger or random in here; the same functions run in the controller, in the simulator and in
 * tests.
 */
@NullMarked
package io.holdfast.compute.core;

import org.jspecify.annotations.NullMarked;
