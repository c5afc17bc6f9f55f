/**
 * How a host itself is called, past its agent: its kernel, by a connection to the agent's port, and its processes, by a
 * question to the agent's supervisor.
 *
 * <p>The difference between the two is what tells a hung host from a hung agent: the kernel of both accepts, but only the
 * host of the hung agent has a supervisor that speaks. The question is TLS with certificates on both sides, and the answer
 * one line ({@link io.holdfast.membership.probe.SupervisorAnswer}).
 *
 * <p>Threads: none of its own. Each call blocks its caller, and never beyond the caller's deadline, however slowly the other
 * end speaks.
 *
 * <p>What it refuses to do: call a host hung that has said anything at all, and conclude anything from its own failure.
 */
@NullMarked
package io.holdfast.membership.probe;

import org.jspecify.annotations.NullMarked;
