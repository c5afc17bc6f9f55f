/**
 * How the processes write their logs: one line per event, as text for people or as JSON for collectors.
 *
 * <p>A process logs to its standard error, and, if it has a state directory, to a bounded set of files there, so that
 * the story of a failure is still on the machine when nobody collected it. There is no configuration file: {@link
 * io.holdfast.server.logging.Logging} is called once, from the entry point, with what the command line said.
 *
 * <p>Until then, and in all client commands, only warnings are written, to standard error: standard output belongs to
 * what the user asked for.
 *
 * <p>Nothing here filters secrets. Tokens, passwords and keys are not given to the logger in the first place.
 */
@NullMarked
package io.holdfast.server.logging;

import org.jspecify.annotations.NullMarked;
