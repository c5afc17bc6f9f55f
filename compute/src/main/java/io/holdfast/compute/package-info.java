/**
 * Instances, the hosts they live on, and the hypervisors that run them.
 *
 * <p>Everything is a goal and a fact. The controller's side keeps for each instance what it should be
 * ({@link io.holdfast.compute.InstanceGoal}) and what was last reported of it ({@link io.holdfast.compute.ActualState}),
 * and tells the agent of its home the goal until the report agrees. The agent's side converges its
 * {@link io.holdfast.compute.HypervisorDriver} to the goals it was told and keeps a journal of the epochs and
 * generations it has seen, so that an order from the past is refused by the one who would carry it out.
 *
 * <p>Terms: the <em>home</em> of an instance is the host that may run it; each new home has a higher
 * <em>generation</em>; a <em>claim</em> takes room on a host and makes it the home, in one transaction that only
 * succeeds for the expected generation.
 *
 * <p>Sub-packages: {@code core} pure rules; {@code store} tables; {@code grpc} the wire between controller and agent;
 * {@code agent} the agent's own logic; {@code libvirt} and {@code sim} drivers.
 *
 * <p>What it refuses to do: choose a host (it asks a {@link io.holdfast.compute.Placer}), and move an instance away from
 * a home without a {@link io.holdfast.fencing.FenceProof} for it.
 */
@NullMarked
package io.holdfast.compute;

import org.jspecify.annotations.NullMarked;
