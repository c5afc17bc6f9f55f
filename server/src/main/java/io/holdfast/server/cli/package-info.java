/**
 * The command line: what an operator types, and how the answer looks.
 *
 * <p>Most commands are clients of a controller. They speak its HTTP interface like any other client, with nothing but
 * the JDK, and decide nothing: what may be done is decided over there. A few are tools that need no controller ({@code
 * pki}, {@code token}, {@code settings}, {@code completion}).
 *
 * <p>Rules that hold for every command:
 *
 * <ul>
 *   <li>Standard output carries the answer and nothing else. Without {@code --json} it is for people and fits the width
 *       of the terminal (80 columns if unknown); with {@code --json} it is one JSON document (one per line for streams).
 *   <li>Standard error carries what went wrong and what to do about it; with {@code --json} as one JSON object, too.
 *   <li>The exit code says what kind of failure it was ({@link io.holdfast.server.cli.ExitCode}).
 *   <li>Every wait has a limit ({@code --timeout}).
 * </ul>
 *
 * <p>The controller may be newer or older than this client. Fields that are missing are shown as {@code -}; an answer
 * that is not JSON is an error that says so, never a stack trace.
 *
 * <p>One thread, except for the HTTP client's own.
 */
@NullMarked
package io.holdfast.server.cli;

import org.jspecify.annotations.NullMarked;
