/**
 * Operations that Nova has no words for: segments, hosts and the evidence for their health, recovery cases, the feed of
 * facts, webhooks, images with their files.
 *
 * <p>Field names are camelCase; times are ISO 8601 in UTC; durations end in {@code Millis}.
 *
 * <p>Threads: operations block and are called on virtual threads; only the stream of facts lives on an event loop.
 *
 * <p>What it refuses to do: show a project anything of another one.
 */
@NullMarked
package io.holdfast.api.ha;

import org.jspecify.annotations.NullMarked;
