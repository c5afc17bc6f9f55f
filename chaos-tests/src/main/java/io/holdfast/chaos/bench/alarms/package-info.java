/**
 * False alarms: worlds of a segment's size with faults that must not be mistaken for deaths, watched by the product and by a plain
 * SWIM detector at the same time.
 */
@NullMarked
package io.holdfast.chaos.bench.alarms;

import org.jspecify.annotations.NullMarked;
