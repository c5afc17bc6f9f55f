/**
 * Facts to those whom they concern.
 *
 * <p>A fact is written to the outbox in the transaction that made it true, and from there to every subscriber it
 * concerns: at least once, in order per subject, with retries that wait longer each time and, at the end, a dead letter
 * that a human can see. A suspicion takes the short road: it is told from memory first
 * ({@link io.holdfast.notifications.Notices#tellNow}).
 *
 * <p>Terms: a <em>fact</em> ({@link io.holdfast.model.Fact}); a <em>webhook</em>, a URL of somebody who wants to know;
 * the <em>feed</em>, the same facts as server-sent events.
 *
 * <p>What it refuses to do: tell somebody's failure to somebody else, and forget.
 */
@NullMarked
package io.holdfast.notifications;

import org.jspecify.annotations.NullMarked;
