/**
 * The directory and the book of tokens in PostgreSQL. Plain SQL: every verb is one or two statements, and nothing is kept between them.
 *
 * <p>What changes something takes one lock first, so that what is counted is exact and changes have an order, and raises the number in
 * {@code identity_change} in the same transaction. There are few changes, and many questions, which take no lock.
 */
@NullMarked
package io.holdfast.identity.store;

import org.jspecify.annotations.NullMarked;
