/**
 * Fence devices behind a ClusterLabs fence agent: a program {@code fence_*} that is run for each question and order.
 *
 * <p>There is an agent for nearly everything that can cut power, and we write none of it again. The price is a foreign
 * program in the one place where a mistake starts an instance twice. So it is held at arm's length: it is told by standard
 * input, and one kind by its environment, so that the list of processes shows no secret; it may gain no privileges, keeps no
 * terminal, what it writes is bounded by the kernel and never trusted, and at its deadline it is killed with everything that it
 * has started.
 *
 * <p>Terms: a <em>program</em> is an executable in one of the configured directories; an <em>agent</em> is a program
 * together with its metadata; a <em>device</em> is an agent with options for one host.
 *
 * <p>Threads: a run blocks its caller, which must be a platform thread that outlives the run: the kernel ends the program
 * when the thread that started it is gone, so that no order is carried out after the controller's death.
 *
 * <p>What it refuses to do: run a program that others may change, use an agent that does not read power or that would show a secret to every
 * user of the machine (unless that was accepted), believe a word.
 */
@NullMarked
package io.holdfast.fencing.agents;

import org.jspecify.annotations.NullMarked;
