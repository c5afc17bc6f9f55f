/**
 * Fast views: one JGroups group per segment, of all its agents and controllers.
 *
 * <p>Everybody sends a heartbeat to everybody; who is silent for {@code heartbeat-timeout} and does not answer for itself
 * within {@code verify-timeout} is dropped from the view. Members speak TCP with TLS 1.3, both sides authenticated.
 * The protocol that watches sockets is left out on purpose: it would open plain, unauthenticated ones.
 *
 * <p>A member's address carries its role, host and agent session, so a view can be read without asking anybody.
 *
 * <p>Threads: JGroups' own; one platform thread per channel ({@code group-…}) connects and, should a channel ever end,
 * makes a new one. A view is translated and put into the inbox; nothing else happens in JGroups' threads.
 *
 * <p>What it refuses to do: take a view for a verdict. A pause of a healthy process looks the same as its death.
 */
@NullMarked
package io.holdfast.membership.jgroups;

import org.jspecify.annotations.NullMarked;
