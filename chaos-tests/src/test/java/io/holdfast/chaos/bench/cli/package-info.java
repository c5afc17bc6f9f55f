@NullMarked
package io.holdfast.chaos.bench.cli;

import org.jspecify.annotations.NullMarked;
