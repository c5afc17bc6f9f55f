/**
 * The API under load: a whole controller with its database in a process of its own, over simulated hosts, and callers in this one.
 *
 * <p>Requests come at their time, whether or not those before have been answered, and each is measured from the moment at which it was due:
 * a server that stands still is not spared the requests that would have come meanwhile.
 */
@NullMarked
package io.holdfast.chaos.bench.api;

import org.jspecify.annotations.NullMarked;
