/**
 * A Redfish service to rehearse with: the HTTPS front of a simulated management controller.
 *
 * <p>It ships with the product, because operators rehearse with it, and it is what the real device is tested against. It answers
 * real clients (Debian's {@code fence_redfish} too), in the ways in which vendors differ, and misbehaves on request. It has no
 * power of its own: whose power it switches is given to it, and may be a simulated BMC's at the same time ({@link
 * io.holdfast.fencing.ipmi.sim.Chassis}).
 *
 * <p>Threads: any thread may change its faults and look at it; requests are answered in virtual threads of its own.
 *
 * <p>What it refuses to do: answer without TLS, or prove anything. It implements of Redfish what fencing needs.
 */
@NullMarked
package io.holdfast.fencing.redfish.sim;

import org.jspecify.annotations.NullMarked;
