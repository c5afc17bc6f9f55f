/**
 * What one controller sees of hosts that fence themselves, and the fence device that rests on it.
 *
 * <p>{@link io.holdfast.fencing.observer.SlotObserver} reads the slots all the time, because an age is only worth what this controller
 * has watched itself. {@link io.holdfast.fencing.observer.SelfFenceDevice} writes the order to die and answers whether the host has
 * certainly stopped; {@link io.holdfast.fencing.observer.SelfFenceSight} is that answer as a pure function.
 *
 * <p>Threads: one reads the slots. Everything else may be called from any thread.
 *
 * <p>What it refuses to do: conclude anything from a slot or a lease that it cannot look at now, from what another process saw, or from
 * what it saw before it was paused.
 */
@NullMarked
package io.holdfast.fencing.observer;

import org.jspecify.annotations.NullMarked;
