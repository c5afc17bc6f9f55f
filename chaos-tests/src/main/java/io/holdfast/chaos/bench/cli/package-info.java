/** The commands below {@code holdfast bench} that this module brings. */
@NullMarked
package io.holdfast.chaos.bench.cli;

import org.jspecify.annotations.NullMarked;
