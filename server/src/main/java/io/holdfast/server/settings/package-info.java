/**
 * From a settings file to records that cannot be wrong.
 *
 * <p>A process has one YAML file. Each module has one record ({@code MembershipSettings}, {@code FencingSettings}, …)
 * whose compact constructor refuses what makes no sense; the process has one record of these records. {@link
 * io.holdfast.server.settings.SettingsLoader} lays the file over the defaults and builds the whole, by the names of the
 * record components: {@code leaseTimeout} is {@code lease-timeout} in the file.
 *
 * <p>The purpose is that a mistake in the file is found at the start, by its author, and not in the night of a failure
 * by somebody else. So nothing is guessed: an unknown key, a key given twice, a value of the wrong type or outside its
 * range stops the start, and the message names the file, the line, the key, and the key that was probably meant. All
 * mistakes of a file are told at once.
 *
 * <p>What it refuses to do: no interpolation of variables, no environment overlay, no include, no reload. One file says
 * what holds. Secrets are not values but names of files.
 *
 * <p>Everything here is immutable and free of threads.
 */
@NullMarked
package io.holdfast.server.settings;

import org.jspecify.annotations.NullMarked;
