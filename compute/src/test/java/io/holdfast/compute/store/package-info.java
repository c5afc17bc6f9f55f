/** Compute's verbs on a real PostgreSQL, with agents that behave like agents but live in memory. */
@NullMarked
package io.holdfast.compute.store;

import org.jspecify.annotations.NullMarked;
