@NullMarked
package io.holdfast.chaos.bench;

import org.jspecify.annotations.NullMarked;
