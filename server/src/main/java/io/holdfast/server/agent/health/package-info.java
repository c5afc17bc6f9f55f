/**
 * The agent's eye on its own host: does libvirt answer, can the shared storage be written, is there disk and memory, is the
 * clock set, does the network card have a link.
 *
 * <p>The core turns measures into findings; the probes around it ask the host, each question that may hang on one thread of its
 * own. What is found is told to the controllers, who decide what it means. The one thing that the agent does about it itself is to
 * start libvirt again, when a controller asks for it and the operator has said how.
 */
@NullMarked
package io.holdfast.server.agent.health;

import org.jspecify.annotations.NullMarked;
