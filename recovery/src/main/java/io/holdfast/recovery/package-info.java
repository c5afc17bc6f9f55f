@NullMarked
package io.holdfast.recovery;

import org.jspecify.annotations.NullMarked;
