/**
 * What people and programs may ask, over HTTP.
 *
 * <p>The contract comes first: {@code openapi/holdfast.yaml} names every operation and the shape of every request, and
 * is served at {@code /openapi.yaml}. {@link io.holdfast.api.ApiServer} checks token, policy, microversion and contract,
 * runs the operation on a virtual thread, and turns every outcome into an answer.
 *
 * <p>Terms: under {@code /v2.1} Nova's words are spoken (<em>server</em> for instance, <em>service</em> for the agent
 * of a host, <em>hypervisor</em> for a host); under {@code /ha/v1} ours. A <em>fault</em> is an error in Nova's shape.
 *
 * <p>Sub-packages: {@code http} the machinery; {@code nova} the operations in Nova's form; {@code ha} those that Nova
 * has no words for.
 *
 * <p>Threads: event loops read and write; everything that may block runs on a virtual thread, with a deadline.
 *
 * <p>What it refuses to do: decide anything. It translates; what is true, allowed by state, or to be done next is
 * decided behind the ports that it is given.
 */
@NullMarked
package io.holdfast.api;

import org.jspecify.annotations.NullMarked;
