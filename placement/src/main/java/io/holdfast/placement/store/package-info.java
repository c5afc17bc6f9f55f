/**
 * Providers, consumers and allocations in PostgreSQL, hosts and instances among them.
 *
 * <p>Changes made here come one at a time: what is checked stays true until it is written. Claims of instances do not wait for that; they
 * meet a change here at the lock of the host, which both take before they look.
 */
@NullMarked
package io.holdfast.placement.store;

import org.jspecify.annotations.NullMarked;
