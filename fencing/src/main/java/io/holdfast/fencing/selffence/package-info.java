/**
 * A host that stops itself: the agent pets a watchdog device while it holds a licence, and the device resets the machine when
 * nobody does.
 *
 * <p>Terms. A <em>licence</em> is the right to pet, from one good write: of the host's slot, or to ZooKeeper while its lease is there.
 * It lasts {@code licence} from the moment at which the write <em>began</em>. The <em>bound</em> is how long a controller has to see
 * slot and lease stand still before the device has certainly fired.
 *
 * <p>The argument is in {@code docs/design/self-fencing.md}. {@link io.holdfast.fencing.selffence.core} has the rules of both sides,
 * without clock and device; {@link io.holdfast.fencing.selffence.SelfFencing} is the host's side on real threads.
 *
 * <p>Threads: one writes the slot, which may hang; one pets, and waits for nothing but the device.
 *
 * <p>What it refuses to do: arm a device before the lease has said that it will be, pet without a licence (opening the device pets it
 * too), and disarm before the slot has said so.
 */
@NullMarked
package io.holdfast.fencing.selffence;

import org.jspecify.annotations.NullMarked;
