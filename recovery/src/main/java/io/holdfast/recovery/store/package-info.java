/**
 * The journal of cases in PostgreSQL.
 *
 * <p>One row per case with its whole state as a document; one row per line of its timeline; facts into the outbox; all in
 * one transaction, which is refused for an older leader epoch and for another version than the expected one.
 *
 * <p>The document names each sealed type by its state's word and ignores fields it does not know, so that controllers of
 * two neighbouring releases can work on one case.
 */
@NullMarked
package io.holdfast.recovery.store;

import org.jspecify.annotations.NullMarked;
