/**
 * The program: one distribution, one command, two long-running processes.
 *
 * <p>{@link io.holdfast.server.Main} reads the command line and hands over. {@code holdfast controller} and {@code
 * holdfast agent} are assembled from the modules in packages of their own (the composition roots), by plain
 * constructors: ports first, then settings, then clock; there is no container and no static state. Every other command
 * is a client of a running controller, or a tool that needs none.
 *
 * <p>No rule of the product is decided here.
 */
@NullMarked
package io.holdfast.server;

import org.jspecify.annotations.NullMarked;
