/**
 * {@code holdfast agent}: the composition root of the process on each compute host.
 *
 * <p>Wiring only. The agent holds a lease and a place in the group so that it is missed when it is gone, listens for the
 * controller's goals, and keeps guests running. Stopping it stops no guest.
 */
@NullMarked
package io.holdfast.server.agent;

import org.jspecify.annotations.NullMarked;
