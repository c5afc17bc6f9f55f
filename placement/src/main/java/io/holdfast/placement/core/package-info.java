/** What may be offered, what may be taken, and where something would fit. Pure. */
@NullMarked
package io.holdfast.placement.core;

import org.jspecify.annotations.NullMarked;
