/**
 * Fence devices that speak Redfish (DMTF DSP0266) with the baseboard management controller, over HTTPS.
 *
 * <p>Each call is a conversation of its own: a new connection, the service's root, a login, the collection of systems, the
 * system, and for an order its reset action. Every path but the root's is what the service says; nothing is taken from
 * another call, because a read-back must not be answered from the state of the order. A session is deleted when the call
 * is over, in the background, and also when the login was answered too late to be of use: a controller has few of
 * them, and those that are left open lock the next caller out.
 *
 * <p>Terms: a <em>system</em> is what Redfish calls a host; a <em>target</em> is the path that an action is posted to; a <em>pin</em>
 * is the SHA-256 of the one certificate that is believed.
 *
 * <p>Threads: the caller waits, for at most its deadline. The HTTP client's own threads end with the call, or some seconds
 * later when a login is still awaited in order to undo it.
 *
 * <p>What it refuses to do: talk to a service that cannot show who it is, follow a redirect, use a proxy, choose one of several
 * systems, read more than a bounded answer, or tell more than the service said. PoweringOff is not off.
 */
@NullMarked
package io.holdfast.fencing.redfish;

import org.jspecify.annotations.NullMarked;
