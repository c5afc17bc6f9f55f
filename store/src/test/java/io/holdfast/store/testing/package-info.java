/** A real database for the tests of every module: no second dialect, no fake. */
@NullMarked
package io.holdfast.store.testing;

import org.jspecify.annotations.NullMarked;
