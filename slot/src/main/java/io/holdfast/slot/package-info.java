/**
 * The storage slot: a place of its own on the shared storage for each host, where it says that it lives, where it can be told to
 * die, and where it acknowledges that.
 *
 * <p>Terms. A <em>slot device</em> is a file or a raw block device that all hosts and controllers of a segment reach. It has a
 * header, and for each host a <em>slot</em> of four blocks, each written by one party only: the <em>claim</em> (whose slot it is)
 * and the <em>heartbeat</em> by the host, the <em>pill</em> (the order to die) by controllers and operators, the
 * <em>acknowledgement</em> by the host. A <em>life</em> of a host is one boot, named by its boot id: a pill is for one life.
 *
 * <p>What is read is a fact or it is not: a block whose checksum does not fit, that belongs to another device, or that did not
 * come in time is {@linkplain io.holdfast.slot.Content.Unreadable unreadable}, which is neither fresh nor stale. How old a
 * heartbeat is nobody can read from it; {@link io.holdfast.slot.core.SlotWatch} counts by the reader's own clock, from the last
 * change that it saw itself.
 *
 * <p>Threads. {@link io.holdfast.slot.file.SlotDevice} may be called from any thread; one thread of its own touches the device, so
 * a storage that hangs takes one thread and no more. Every call comes back within its deadline.
 *
 * <p>What it refuses to do: decide that a host is dead. It says what stands on the storage.
 */
@NullMarked
package io.holdfast.slot;

import org.jspecify.annotations.NullMarked;
