/**
 * What the programs of the fence agents' protocol may be told and what their answers mean; pure.
 *
 * <p>Terms: an agent's <em>metadata</em> names its parameters and actions; a <em>run</em> is one start of the program with
 * its end and its output; a <em>trouble</em> is the name of what went wrong in it.
 *
 * <p>What it refuses to do: believe an agent's words. Off is an exit code that nothing else contradicts.
 */
@NullMarked
package io.holdfast.fencing.agents.core;

import org.jspecify.annotations.NullMarked;
