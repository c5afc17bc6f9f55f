/**
 * The health table: what a deployment concludes from the signals of a host, row by row, and what follows from it. It can be read,
 * changed in the settings file, and is checked at the start: no row that is never reached, no pattern without a row, and no row
 * that has a host fenced which shows that it lives.
 *
 * <p>All of it is pure and immutable. When a signal counts as gone is not said here but by the times in the settings; whether this
 * controller may trust its own hearing is judged in {@code membership.core}, in front of every fence.
 */
@NullMarked
package io.holdfast.membership.health;

import org.jspecify.annotations.NullMarked;
