@NullMarked
package io.holdfast.compute;

import org.jspecify.annotations.NullMarked;
