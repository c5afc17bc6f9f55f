/**
 * {@code holdfast demo}: a host loses power, and its virtual machines come back elsewhere; told with milliseconds, and
 * checked.
 *
 * <p>The {@link io.holdfast.server.demo.Story} speaks to Holdfast only as a user would, over the API and a webhook, and
 * looks at the world only from outside: at the guests' own ledgers on their disks and at what the hypervisors run. It
 * trusts nothing that Holdfast says of itself.
 *
 * <p>A {@link io.holdfast.server.demo.Stage} is where it plays: on the real lab, or on the simulated adapters.
 */
@NullMarked
package io.holdfast.server.demo;

import org.jspecify.annotations.NullMarked;
