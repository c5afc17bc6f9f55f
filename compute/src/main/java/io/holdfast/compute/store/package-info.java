/**
 * Instances, hosts and the catalog in PostgreSQL.
 *
 * <p>Each verb is one transaction and locks in one order: hosts by name, then instances by id. So two verbs that meet
 * wait for each other and never deadlock, and a claim sees the room it takes.
 *
 * <p>Rows are package-private; what leaves this package are the records of {@code io.holdfast.compute}.
 */
@NullMarked
package io.holdfast.compute.store;

import org.jspecify.annotations.NullMarked;
