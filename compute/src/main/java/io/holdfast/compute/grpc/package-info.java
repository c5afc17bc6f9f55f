/**
 * The wire between the controller and the agents: gRPC over TLS 1.3, both sides with certificates of one authority.
 *
 * <p>Terms: a <em>line</em> is the controller's connection to one agent; an <em>order</em> is a call whose answer is one
 * of {@link io.holdfast.compute.AgentAnswer}'s; a <em>watch</em> is a stream of reports with a heartbeat every second.
 *
 * <p>What the agent answers is in the reply, what the world did to the call is in its status. A status that leaves open
 * whether the order arrived is {@link io.holdfast.compute.AgentAnswer.NoAnswer}, never a refusal.
 *
 * <p>Threads: calls block their caller, who should be a virtual thread, for at most their deadline. gRPC's own keep-alive
 * cannot ask more often than every ten seconds, so nobody relies on it: calls have deadlines, watches have heartbeats.
 *
 * <p>What it refuses to do: talk to an agent whose certificate does not name the host that is meant, or take an order
 * from a certificate that is not a controller's.
 */
@NullMarked
package io.holdfast.compute.grpc;

import org.jspecify.annotations.NullMarked;
