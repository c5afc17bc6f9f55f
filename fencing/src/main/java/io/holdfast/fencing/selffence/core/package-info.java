/**
 * The rules of self-fencing, of the host ({@link io.holdfast.fencing.selffence.core.Licences}) and of the controller ({@link
 * io.holdfast.fencing.selffence.core.SelfFenceRule}), and the times that both stand on. Pure: the monotonic time is an argument.
 *
 * <p>What it refuses to do: make a proof. It says what may be concluded, and nobody concludes it yet.
 */
@NullMarked
package io.holdfast.fencing.selffence.core;

import org.jspecify.annotations.NullMarked;
