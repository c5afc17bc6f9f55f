/**
 * A BMC to rehearse with: a real RMCP+ server over UDP, without a board behind it.
 *
 * <p>It speaks suites 3 and 17, knows users with privileges and a K_g, and misbehaves as it is told ({@link
 * io.holdfast.fencing.ipmi.sim.BmcFaults}). {@code ipmitool} and whatever is built on it can use it. It passes the same contract
 * test as Debian's {@code ipmi_sim}, which has neither suite 17 nor faults on the wire.
 *
 * <p>{@link io.holdfast.fencing.ipmi.sim.BmcMind} is what it does with a datagram, {@link
 * io.holdfast.fencing.ipmi.sim.SimulatedBmc} adds the socket.
 *
 * <p>Threads: one virtual thread for each BMC, which handles one datagram after the other, as small controllers do.
 *
 * <p>What it refuses to do: sessions without authentication, integrity or encryption, and IPMI 1.5 sessions.
 */
@NullMarked
package io.holdfast.fencing.ipmi.sim;

import org.jspecify.annotations.NullMarked;
