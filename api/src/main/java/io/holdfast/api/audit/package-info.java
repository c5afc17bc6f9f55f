/**
 * The audit trail: one line for every request that changes something, or would have.
 *
 * <p>Terms: a <em>line</em> says who asked for what, from where, and what came of it. It is on disk before the work begins
 * and is <em>ended</em> when the work has; one that never was ended belongs to a controller that died in between. What was
 * refused before any work began is a <em>refusal</em>: like ones of the same minute share a line.
 *
 * <p>Threads: {@link io.holdfast.api.audit.AuditTrail} has one writer; everybody else hands lines to it.
 *
 * <p>What it refuses to do: keep anything of a body or of a query, where passwords and tokens are.
 */
@NullMarked
package io.holdfast.api.audit;

import org.jspecify.annotations.NullMarked;
