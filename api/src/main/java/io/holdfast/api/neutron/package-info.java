/** The network API in Neutron's form. Translates, and decides nothing but who may see what. */
@NullMarked
package io.holdfast.api.neutron;

import org.jspecify.annotations.NullMarked;
