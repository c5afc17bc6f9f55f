@NullMarked
package io.holdfast.fencing;

import org.jspecify.annotations.NullMarked;
