/**
 * The one place where Holdfast keeps what it must not forget: PostgreSQL, and how to reach it.
 *
 * <p><b>Purpose.</b> This module starts and heals the database ({@link io.holdfast.store.EmbeddedPostgres}) or connects
 * to one that somebody else runs, brings its schema up to date ({@link io.holdfast.store.Database}), and runs
 * transactions ({@link io.holdfast.store.Store}). It holds no business rule: the tables are described in
 * {@code db/migration}, the entities that map them live in the {@code .store} packages of the modules that own them.
 *
 * <p><b>Terms.</b>
 *
 * <ul>
 *   <li><em>State directory</em>: the directory of one controller; {@link io.holdfast.store.StateDirectory} makes sure
 *       that only one process at a time uses it.
 *   <li><em>Outbox</em>: facts written in the transaction that made them true, {@link io.holdfast.store.Outbox}.
 *   <li><em>Leader epoch</em>: a write for a segment names the leader it comes from; the row in {@code leader} refuses
 *       the older one, {@link io.holdfast.store.Store#requireLeaderEpoch}.
 * </ul>
 *
 * <p><b>Threads.</b> Everything here blocks, so call it from virtual threads and never from a Vert.x event loop. All
 * public types may be shared between threads; a {@code Session} belongs to the transaction that received it. The
 * embedded server is watched by one platform thread that lives as long as the server.
 *
 * <p><b>Refuses.</b> To answer "done" for what is not on disk. To open a schema that a newer release has migrated. To
 * read a password from anywhere but a file, or from a file that everybody may read. To run a transaction inside another.
 *
 * <p>Every failure is a {@link io.holdfast.store.StoreException}; the subclass tells whether trying again can help.
 *
 * <p>The reasons are on one page: {@code docs/design/store.md}.
 */
@NullMarked
package io.holdfast.store;

import org.jspecify.annotations.NullMarked;
