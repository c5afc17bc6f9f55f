/**
 * Measures the scheduler by itself: pure, in memory, on one thread.
 *
 * <p>What it refuses to do: to start a controller or to read a database; what those add is measured where they are.
 */
@NullMarked
package io.holdfast.chaos.bench.scheduler;

import org.jspecify.annotations.NullMarked;
