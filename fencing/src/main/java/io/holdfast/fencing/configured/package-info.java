/**
 * From settings to devices: the one place that knows every kind of device.
 *
 * <p>It reads the files that the settings name (secrets, certificates) once, at the start, and opens no connection. A file that
 * is missing, empty or open to others stops the start, and the message names the setting.
 *
 * <p>What it refuses to do: repeat a secret, in whatever message.
 */
@NullMarked
package io.holdfast.fencing.configured;

import org.jspecify.annotations.NullMarked;
