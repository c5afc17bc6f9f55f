/**
 * The recovery machine: {@link io.holdfast.recovery.core.CaseMachine} for a host's case,
 * {@link io.holdfast.recovery.core.MoveMachine} for each of its instances.
 *
 * <p>Pure: no clock, thread, I/O, logger or random number. A state and an event go in; the next state, commands, timeline
 * lines and notices come out. <em>The next state is durable before any command leaves.</em> A crash in between loses
 * nothing, because {@link io.holdfast.recovery.core.CaseMachine#resume} names every command that a state waits for; so
 * each command may be sent twice, and carries what makes the second time harmless (case, attempt, epoch, generation).
 *
 * <p>Deadlines are wall time, because they must outlive the process. A clock that jumps makes a question be asked again
 * too early or too late; it never makes anything be believed.
 */
@NullMarked
package io.holdfast.recovery.core;

import org.jspecify.annotations.NullMarked;
