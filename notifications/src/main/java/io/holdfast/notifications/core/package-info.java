/**
 * The rules of telling, as functions of values.
 *
 * <p>Who is concerned ({@link io.holdfast.notifications.core.Audience}), what may be sent now
 * ({@link io.holdfast.notifications.core.SubjectOrder}), and what comes after a failed attempt
 * ({@link io.holdfast.notifications.core.RetrySchedule}).
 *
 * <p>Terms: an <em>attempt</em> is one try to hand one fact to one webhook; a delivery that was given up is
 * <em>dead</em> and is kept for people.
 *
 * <p>Threads: none. What it refuses to do: look at a clock, roll dice, or touch the network; time and jitter are
 * arguments.
 */
@NullMarked
package io.holdfast.notifications.core;

import org.jspecify.annotations.NullMarked;
