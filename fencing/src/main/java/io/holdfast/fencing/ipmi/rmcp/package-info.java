/**
 * The wire format of IPMI 2.0 over RMCP+, both ways: what a console sends, and what a BMC answers.
 *
 * <p>Everything here is a value or a function of values: no socket, clock or thread, and random numbers come as arguments.
 * Section numbers in this package and its users are those of the "Intelligent Platform Management Interface
 * Specification, Second Generation, v2.0, revision 1.1".
 *
 * <p>Terms: a <em>datagram</em> is what UDP carries; a {@link io.holdfast.fencing.ipmi.rmcp.Packet packet} is its outer form;
 * the {@link io.holdfast.fencing.ipmi.rmcp.Handshake handshake} makes a session (Open Session, RAKP 1 to 4); an {@link
 * io.holdfast.fencing.ipmi.rmcp.IpmiMessage IPMI message} is a command or its response, inside a session sealed by {@link
 * io.holdfast.fencing.ipmi.rmcp.SessionKeys}.
 *
 * <p>Whatever bytes come in, reading them ends in a value or in {@link
 * io.holdfast.fencing.ipmi.rmcp.GarbledException}, which says what is wrong with them.
 *
 * <p>The console and the simulator share this package, so a mistake in it could be the same on both sides. Hence the checks from
 * outside: vectors computed with other programs, Debian's {@code ipmi_sim} against our console, {@code ipmitool} against our
 * simulator.
 */
@NullMarked
package io.holdfast.fencing.ipmi.rmcp;

import org.jspecify.annotations.NullMarked;
