/**
 * What programs outside say of hosts, whichever door they come through: Nova's force-down, Masakari's notifications, Prometheus'
 * alerts.
 *
 * <p>Terms: a <em>word</em> says that a host is gone; a <em>monitor</em> is whoever gives words by profession, with a name, a trust and
 * a rate in the settings.
 *
 * <p>Threads: any.
 *
 * <p>What it refuses to do: take a word for more than the monitor's trust. None but {@code has-fenced} proves anything, and also that is
 * made a proof by fencing alone.
 */
@NullMarked
package io.holdfast.api.words;

import org.jspecify.annotations.NullMarked;
