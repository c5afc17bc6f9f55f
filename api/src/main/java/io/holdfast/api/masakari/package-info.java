/**
 * Masakari's instance-ha API under {@code /instance-ha}, for its client and its monitors.
 *
 * <p>Terms: a <em>failover segment</em> is a group of hosts with a recovery method; the controllers' own segment is one, and has
 * every host that is in no other. A <em>notification</em> is a monitor's word.
 *
 * <p>Threads: any.
 *
 * <p>What it refuses to do: keep a second truth. A host is what compute holds of it, {@code on_maintenance} is our maintenance (or a
 * force-down that stands), and a notification about a host is as far as its case is.
 */
@NullMarked
package io.holdfast.api.masakari;

import org.jspecify.annotations.NullMarked;
