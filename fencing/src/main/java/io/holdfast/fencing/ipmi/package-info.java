/**
 * Fence devices that speak IPMI 2.0 over RMCP+ (UDP, usually port 623) with the baseboard management controller (BMC).
 *
 * <p>Every call opens a session of its own on a socket of its own and closes it again; no session is kept, because a
 * read-back must not be answered from the state of the order. The protocol itself is {@code ipmi-java}'s; what that
 * library leaves open (it waits for minutes on a dead BMC, and names no reason) is closed here: a hard limit for every
 * call, and a look at the port afterwards that tells "nobody there" from "does not answer".
 *
 * <p>Terms: a <em>suite</em> is a set of algorithms, 3 (SHA-1) or 17 (SHA-256); a <em>privilege</em> is what a session may do.
 *
 * <p>Threads: each call uses one worker thread, besides the library's two; all end with the call, or soon after when
 * the BMC is silent.
 *
 * <p>What it refuses to do: tell more than a BMC said. Silence, garbage and refused logins are all UNKNOWN.
 */
@NullMarked
package io.holdfast.fencing.ipmi;

import org.jspecify.annotations.NullMarked;
