/**
 * Networks, ports and security groups in PostgreSQL.
 *
 * <p>An address is taken by inserting its row, and a row that is there already is the answer that it is taken: nobody looks
 * first and writes later. So instances that are made at the same time, by whichever controller, do not wait for one lock.
 */
@NullMarked
package io.holdfast.network.store;

import org.jspecify.annotations.NullMarked;
