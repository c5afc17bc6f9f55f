/**
 * Leases, leadership and the group's directory, in ZooKeeper.
 *
 * <p>Layout below {@code /holdfast/segments/<segment>}: {@code leases/<host>} is ephemeral and holds the registration;
 * {@code hosts/<host>} stays and holds the last registration and whether that session took its leave;
 * {@code group/<member>@<address>} is ephemeral; {@code leader/holder} is ephemeral, {@code leader/epoch} stays.
 *
 * <p>Everything here is kept up by level-triggered rounds: look at what is, make it what it should be, again and again.
 * Watches and connection states only wake the next round. So there is no sequence of lost sessions and restarts
 * that could leave a lease forgotten.
 *
 * <p>Threads: one platform thread per keeper ({@code lease-…}, {@code leader-…}, {@code leases-…}, {@code group-…}).
 * Nothing is done inside a callback of Curator.
 *
 * <p>What it refuses to do: steal a lease that somebody else renews, and conclude anything while disconnected.
 */
@NullMarked
package io.holdfast.membership.zookeeper;

import org.jspecify.annotations.NullMarked;
