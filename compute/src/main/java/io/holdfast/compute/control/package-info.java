/**
 * The loop between what should be and what is: goals go out to the agents, reports come in.
 *
 * <p>Level-triggered: a periodic round looks at every instance whose goal has not arrived and tells its home again; an
 * event ({@link io.holdfast.compute.Claims#deliver}) only makes the round come earlier for one instance. Losing an event
 * costs time, never truth.
 *
 * <p>Threads: one timer thread; every order in a virtual thread of its own, at most one per instance under way; all
 * reports in one thread, in their order, in batches ({@link io.holdfast.compute.control.Gathered}).
 */
@NullMarked
package io.holdfast.compute.control;

import org.jspecify.annotations.NullMarked;
