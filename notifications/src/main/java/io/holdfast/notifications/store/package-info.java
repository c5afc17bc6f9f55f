/**
 * Subscriptions and deliveries in PostgreSQL.
 *
 * <p>{@link io.holdfast.notifications.store.PostgresLedger} keeps the ledger in the tables {@code webhook},
 * {@code webhook_delivery} and {@code outbox}; {@link io.holdfast.notifications.store.SecretSeal} keeps the secrets of
 * webhooks unreadable in them.
 *
 * <p>Threads: everything blocks; any number of threads and of controllers may use one database at once.
 *
 * <p>What it refuses to do: decide. Who is concerned and whose turn it is are the rules of
 * {@link io.holdfast.notifications.core}, said once more in SQL and held to the same test.
 */
@NullMarked
package io.holdfast.notifications.store;

import org.jspecify.annotations.NullMarked;
