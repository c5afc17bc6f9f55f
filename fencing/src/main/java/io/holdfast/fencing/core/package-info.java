/**
 * The rules of an attempt to isolate one host, without the world.
 *
 * <p>{@link io.holdfast.fencing.core.FenceAttempt} is a function: what is known so far, what has just been heard and the
 * monotonic time go in; what is known now and the next thing to do come out. No clock, no thread, no device, no journal;
 * so every order of answers, silences and lies can be tried in a test, and the simulator runs the same rules with
 * virtual time.
 *
 * <p>Terms: an <em>order</em> is the request to cut the power; a <em>reading</em> is what the device says about the power;
 * a <em>read-back</em> is a reading after an order, on a session of its own.
 *
 * <p>What it refuses to do: make a {@link io.holdfast.fencing.FenceProof}. It concludes; the fencer journals, and only
 * then is there a proof.
 */
@NullMarked
package io.holdfast.fencing.core;

import org.jspecify.annotations.NullMarked;
