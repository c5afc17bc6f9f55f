/**
 * The words that every part of Holdfast shares: typed ids, epochs and a handful of values.
 *
 * <p>Nothing here decides, waits, or touches the world, and nothing here depends on anything but the JDK. A type
 * belongs here when two modules that must not know each other have to speak of the same thing.
 *
 * <p>Three counters run through the whole product, and each answers one question:
 *
 * <ul>
 *   <li>{@link io.holdfast.model.HostEpoch}: which life of a host do we mean? It rises when the host is condemned.
 *   <li>{@link io.holdfast.model.Generation}: which home of an instance do we mean? It rises with every new home.
 *   <li>{@link io.holdfast.model.LeaderEpoch}: which leader said so? It rises with every change of leader.
 * </ul>
 *
 * <p>All three are compared by the <em>receiver</em>, which refuses the older one.
 */
@NullMarked
package io.holdfast.model;

import org.jspecify.annotations.NullMarked;
