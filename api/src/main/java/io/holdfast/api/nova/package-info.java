/**
 * Operations in the form of OpenStack's Compute API, microversions 2.1 to 2.96.
 *
 * <p>Names, shapes and statuses are Nova's, so that its clients work unchanged; where Nova's answer depends on the
 * microversion, so does ours. Source: the API reference of Nova and the behaviour of release 26.
 *
 * <p>Threads: operations block; they are called on virtual threads.
 *
 * <p>What it refuses to do: accept what it would then ignore. A field of Nova's that has no meaning here is refused by
 * the contract, with its name, and what is not done at all is answered so ({@link io.holdfast.api.nova.Absent}).
 */
@NullMarked
package io.holdfast.api.nova;

import org.jspecify.annotations.NullMarked;
