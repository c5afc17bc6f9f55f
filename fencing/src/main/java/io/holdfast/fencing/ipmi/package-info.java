/**
 * Fence devices that speak IPMI 2.0 over RMCP+ (UDP, usually port 623) with the baseboard management controller (BMC).
 *
 * <p>Every call opens a session of its own and closes it again; none is kept, because a read-back must not be answered from
 * the session of the order. The wire format is in {@code .rmcp} and the course of a conversation in {@code .core}, both
 * pure; this package adds sockets, timers, files and the port that fencing knows. {@code .sim} is a BMC to rehearse with.
 *
 * <p>Terms: a <em>suite</em> is a set of algorithms, 3 (SHA-1) or 17 (SHA-256); a <em>privilege</em> is what a session may do; <em>K_g</em> is
 * a key of the BMC itself, beside the users' passwords.
 *
 * <p>Threads: one for all conversations, while there are any; callers wait in their own.
 *
 * <p>What it refuses to do: tell more than a BMC said. Silence, garbage and refused logins are all UNKNOWN.
 */
@NullMarked
package io.holdfast.fencing.ipmi;

import org.jspecify.annotations.NullMarked;
