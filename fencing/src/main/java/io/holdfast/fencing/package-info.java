/**
 * Isolate a host, and prove it.
 *
 * <p>A host that does not answer may be dead, slow, or cut off; only the first may lose its instances to another host.
 * This module turns "should be off" into "was read back off", and hands out the one thing that lets recovery go on:
 * a {@link io.holdfast.fencing.FenceProof}. Nobody else can make one, so "start before fence" does not compile.
 *
 * <p>Terms: a <em>device</em> can cut a host's power and read it; an <em>attempt</em> is one run over a device with one
 * hard deadline; a <em>result</em> is proven, failed or unknown, and only the first is good news.
 *
 * <p>Threads: The fencer blocks its caller for at most the request's deadline; call it from a
 * virtual thread. It may be called for many hosts at once; for one host it runs one attempt at a time.
 *
 * <p>What it refuses to do: decide <em>whether</em> to fence (that is recovery's business), treat an unanswered
 * question as "off", or report success because a device said "done".
 */
@NullMarked
package io.holdfast.fencing;

import org.jspecify.annotations.NullMarked;
