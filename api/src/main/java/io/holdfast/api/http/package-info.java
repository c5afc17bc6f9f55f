/**
 * From a request to a {@link io.holdfast.api.http.Call}, and from a {@link io.holdfast.api.http.Reply} or an exception to
 * an answer.
 *
 * <p>Terms: a <em>call</em> is a request that passed token, policy and contract; an <em>operation</em> is named by its
 * id in the contract; a <em>microversion</em> says which of Nova's shapes the caller expects.
 *
 * <p>Threads: the types here are values or may be shared.
 *
 * <p>What it refuses to do: show a caller what went wrong inside. An unforeseen exception is logged with the request's
 * id and answered with that id alone.
 */
@NullMarked
package io.holdfast.api.http;

import org.jspecify.annotations.NullMarked;
