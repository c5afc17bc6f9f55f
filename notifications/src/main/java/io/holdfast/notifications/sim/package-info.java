/**
 * The shipped stand-ins: a ledger in memory, and somebody who listens.
 *
 * <p>{@link io.holdfast.notifications.sim.InMemoryLedger} is held to the same contract test as the one on PostgreSQL.
 * {@link io.holdfast.notifications.sim.WebhookReceiver} is the owner's endpoint in the demo and in tests: it checks
 * signatures, and notes when each fact arrived.
 *
 * <p>Threads: both may be used from any thread.
 *
 * <p>What it refuses to do: pretend. The receiver is a real HTTP server; only its owner is made up.
 */
@NullMarked
package io.holdfast.notifications.sim;

import org.jspecify.annotations.NullMarked;
