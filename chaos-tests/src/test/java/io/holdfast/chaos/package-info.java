/**
 * What must hold for the whole, checked from outside: the arrows between the modules, the purity of their cores, and (in
 * the packages below) failures on real processes.
 */
@NullMarked
package io.holdfast.chaos;

import org.jspecify.annotations.NullMarked;
