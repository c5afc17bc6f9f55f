/** Which addresses a subnet has, and which of them a port may be given. Pure. */
@NullMarked
package io.holdfast.network.core;

import org.jspecify.annotations.NullMarked;
