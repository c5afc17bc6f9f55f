/**
 * Hears hosts whose kernel has crashed and which write its memory away, by the messages of {@code fence_kdump_send}.
 *
 * <p>Anybody who can forge a source address can send them, so what is heard here proves nothing: it can put a power-off off, by the
 * limit of the settings at most, and never starts anything elsewhere. One thread of its own receives; whoever asks is answered
 * from memory.
 */
@NullMarked
package io.holdfast.fencing.kdump;

import org.jspecify.annotations.NullMarked;
