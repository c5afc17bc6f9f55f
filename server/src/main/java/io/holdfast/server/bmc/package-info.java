/**
 * {@code holdfast bmc}: speak to one BMC by hand, rehearse with a simulated one, and measure how we fence.
 *
 * <p>These commands need no controller and no settings file; what they do is {@code fencing.ipmi}'s, and
 * {@code fencing.redfish.sim}'s where the simulated one speaks Redfish, too.
 */
@NullMarked
package io.holdfast.server.bmc;

import org.jspecify.annotations.NullMarked;
