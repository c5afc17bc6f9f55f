/**
 * What could a segment survive? A pure question: a snapshot goes in, a verdict for each failure comes out.
 *
 * <p>Terms: a <em>failure</em> is a set of hosts that are lost together, one, two or a whole failure domain; a
 * <em>protected</em> instance is one that recovery would start elsewhere by itself; a failure is <em>survivable</em> when all
 * protected instances of the lost hosts would be given homes; the others would be <em>left</em>.
 *
 * <p>A yes is given only where the plan of {@link io.holdfast.scheduler.Scheduler}, which recovery follows, finds homes for
 * all, or where it is certain that it does in whatever order it is asked. A no is given only where no placement at all
 * exists. Whatever lies between is called not proven, with the reason.
 *
 * <p>Threads: none; nothing here remembers anything from one call to the next. What it refuses to do: to look at the
 * clock. So searches are bounded by steps, and the same snapshot always gets the same answer.
 */
@NullMarked
package io.holdfast.scheduler.capacity;

import org.jspecify.annotations.NullMarked;
