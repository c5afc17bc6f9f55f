/**
 * {@code holdfast agent-supervisor}: starts the agent, starts it again when it ends or hangs, and answers for the host when
 * controllers ask whether anything runs there.
 *
 * <p>Terms: a <em>life</em> of the agent is one process of it; its <em>life sign</em> is the file in which it says who it is
 * and counts its beats.
 *
 * <p>Who may die: the supervisor alone (the agent goes on, and the next supervisor finds it by its life sign), the agent
 * alone (it is started again), and both (the guests go on). That no second agent runs beside the first is not promised by
 * the life sign, which may be missing, but by the kernel's lock on the agent's state directory: a second one ends at once.
 *
 * <p>Threads: one looks after the agent, one listens, and each caller has one for the moment of its answer.
 *
 * <p>What it refuses to do: touch a guest, judge what a running agent does beyond whether it beats, and take the agent with
 * it when it dies.
 */
@NullMarked
package io.holdfast.server.supervisor;

import org.jspecify.annotations.NullMarked;
