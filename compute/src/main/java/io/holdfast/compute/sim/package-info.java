/**
 * A hypervisor, a shared storage and a network of agents that exist only in memory, shipped for rehearsals without root
 * and used by the tests of every module that needs hosts.
 *
 * <p>They are held to the same contract as the real ones: a {@link io.holdfast.compute.sim.SimulatedHypervisor} passes
 * the driver's contract test, and {@link io.holdfast.compute.sim.SimulatedAgents} runs the very
 * {@link io.holdfast.compute.agent.Agent} that runs on a real host. What is simulated is only what lies below and
 * between: guests that beat on a disk, disks that notice two writers, hosts that lose power, links that go silent.
 *
 * <p>Threads: guests beat on one timer thread per storage; everything else runs on its caller's thread.
 *
 * <p>What it refuses to do: be faster or more reliable than it was told; each latency and fault is set from outside.
 */
@NullMarked
package io.holdfast.compute.sim;

import org.jspecify.annotations.NullMarked;
