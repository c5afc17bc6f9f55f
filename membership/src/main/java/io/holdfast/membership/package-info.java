@NullMarked
package io.holdfast.membership;

import org.jspecify.annotations.NullMarked;
