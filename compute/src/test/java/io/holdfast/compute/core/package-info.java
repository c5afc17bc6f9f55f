/** Tables and properties for the pure rules. */
@NullMarked
package io.holdfast.compute.core;

import org.jspecify.annotations.NullMarked;
