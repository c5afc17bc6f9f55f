/**
 * Notices under load: how soon owners are told of a failed host with many instances, how fast the outbox is drained, and what a kill of the
 * process that delivers costs them.
 *
 * <p>The receiver, what tells, and the database share this machine's processors.
 */
@NullMarked
package io.holdfast.chaos.bench.notices;

import org.jspecify.annotations.NullMarked;
