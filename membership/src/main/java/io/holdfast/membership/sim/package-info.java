/**
 * A segment without machines: the shipped fake of leases, group, probe and power.
 *
 * <p>Rehearsals and demonstrations on computers without libvirt use it. Its hosts lose power, freeze and come back on
 * call, and the signals follow with the delays that the real adapters show.
 *
 * <p>Threads: one scheduler thread, {@code sim-signals}; all switches may be thrown from any thread.
 *
 * <p>What it refuses to do: conclude. It only says what a signal would say.
 */
@NullMarked
package io.holdfast.membership.sim;

import org.jspecify.annotations.NullMarked;
