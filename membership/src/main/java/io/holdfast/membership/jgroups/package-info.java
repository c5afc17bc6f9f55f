/**
 * Fast views: one JGroups group per network of a segment, of all agents and controllers that are on it.
 *
 * <p>Everybody sends a heartbeat to everybody; who is silent for {@code heartbeat-timeout} and does not answer for itself
 * within {@code verify-timeout} is dropped from the view. Members speak TCP with TLS 1.3, both sides authenticated.
 * The protocol that watches sockets is left out on purpose: it would open plain, unauthenticated ones.
 *
 * <p>A member's address carries its role, host and agent session, so a view can be read without asking anybody.
 *
 * <p>Over the same channels the members observe each other ({@link io.holdfast.membership.cut}): {@link
 * io.holdfast.membership.jgroups.NetworkObserver} is the shell of one observer, {@link
 * io.holdfast.membership.jgroups.GroupWatch} that of a controller's count.
 *
 * <p>Threads: JGroups' own; for each channel one platform thread ({@code group-…}) that connects and, should the channel ever
 * end, makes a new one, and one ({@code observer-…}) that asks and reports; one in a controller that counts. In JGroups' threads
 * views are translated and queued, what is heard is noted, and questions are answered.
 *
 * <p>What it refuses to do: take a view for a verdict. A pause of a healthy process looks the same as its death.
 */
@NullMarked
package io.holdfast.membership.jgroups;

import org.jspecify.annotations.NullMarked;
