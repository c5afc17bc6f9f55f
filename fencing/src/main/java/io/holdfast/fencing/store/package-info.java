/**
 * The fence journal in the database: table {@code fence_journal}, append-only.
 *
 * <p>Each entry is a transaction of its own. It is on disk when {@code append} returns, which is what "journal the
 * intent, then act" means. Rows are never changed or deleted here.
 *
 * <p>Threads: any. What it refuses to do: retry. A journal that is away stops the fencing, and the case's own retry
 * decides what happens next.
 */
@NullMarked
package io.holdfast.fencing.store;

import org.jspecify.annotations.NullMarked;
