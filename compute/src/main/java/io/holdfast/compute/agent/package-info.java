/**
 * The agent of a host: takes goals from the controller and converges the hypervisor to them.
 *
 * <p>Terms: an <em>order</em> is a goal with the epochs it was given in; the <em>memory</em> is what the agent was told,
 * kept in its <em>journal</em>; a <em>lane</em> is the one thread at a time that acts for one instance; a
 * <em>stranger</em> is a guest of ours that this host does not own, or owns at another generation; the <em>gate</em>
 * is shut while strangers may be there, and nothing is started while it is shut.
 *
 * <p>The order of things is what keeps an instance on one host: an order is ruled on against the memory, the memory is
 * durable, strangers are destroyed and seen to be gone, and only then is anything started. The agent's own death harms
 * no guest; a restarted agent finds them through the driver, and starts nothing until it is spoken to.
 *
 * <p>Threads: orders come in on any thread and wait for at most their deadline; each lane runs on a virtual thread; one
 * timer thread wakes lanes; the driver's events only wake lanes. A pulse that goes around all of them shows a supervisor that
 * none stands still.
 *
 * <p>What it refuses to do: decide what the host owns, act on an order from the past, start what it has not written
 * down, or start by itself what it has refused to start.
 */
@NullMarked
package io.holdfast.compute.agent;

import org.jspecify.annotations.NullMarked;
