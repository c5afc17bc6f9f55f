/**
 * The console's side of a conversation with a BMC, as a function: {@link io.holdfast.fencing.ipmi.core.Conversation}.
 *
 * <p>No clock, thread or socket: time comes as an argument, datagrams come as events and go as commands. Whoever runs it
 * ({@code BmcClient}) adds a socket and a timer and decides nothing.
 */
@NullMarked
package io.holdfast.fencing.ipmi.core;

import org.jspecify.annotations.NullMarked;
