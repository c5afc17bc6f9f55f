/** What a message is, and what follows from those that were heard. Pure. */
@NullMarked
package io.holdfast.fencing.kdump.core;

import org.jspecify.annotations.NullMarked;
