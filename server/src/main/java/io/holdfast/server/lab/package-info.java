/**
 * {@code holdfast lab}: Holdfast itself, deployed on the lab's hosts.
 *
 * <p>The lab knows nothing of Holdfast; here it gets certificates, tokens, settings files and commands, the same ones an
 * operator would write for real machines.
 */
@NullMarked
package io.holdfast.server.lab;

import org.jspecify.annotations.NullMarked;
