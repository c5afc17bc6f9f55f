/**
 * Fencing without hardware: for rehearsals, the simulated demonstration and tests.
 *
 * <p>{@link io.holdfast.fencing.sim.SimulatedPower} is the power of a whole data centre, with a fence device per host and
 * the faults that real ones have; {@link io.holdfast.fencing.sim.InMemoryFenceJournal} is a journal that lives as long
 * as the process. Both pass the same contract tests as the real adapters. {@link io.holdfast.fencing.sim.HostPower} and {@link
 * io.holdfast.fencing.sim.SimulatedHardware} are the machine behind simulated management controllers, whichever language they
 * speak.
 *
 * <p>What it refuses to do: pretend to be real. Nothing here touches a device, and the journal is not durable.
 */
@NullMarked
package io.holdfast.fencing.sim;

import org.jspecify.annotations.NullMarked;
