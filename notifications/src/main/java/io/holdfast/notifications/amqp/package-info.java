/**
 * Facts to a message broker, in the form of OpenStack's versioned notifications.
 *
 * <p>Terms: a <em>confirmation</em> is the broker's word that it has taken what was published; until then nothing counts
 * as told.
 *
 * <p>Threads: one of its own; the client's library reads on another. What it refuses to do: hold facts in memory that the
 * broker does not take.
 */
@NullMarked
package io.holdfast.notifications.amqp;

import org.jspecify.annotations.NullMarked;
