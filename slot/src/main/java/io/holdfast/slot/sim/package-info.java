/**
 * Storage in memory that fails as storage does: full, broken, hanging, half written, shrinking. Ships with the product for the
 * simulator and for rehearsals, and passes the same tests as a file.
 */
@NullMarked
package io.holdfast.slot.sim;

import org.jspecify.annotations.NullMarked;
