/**
 * Who hears whom on a network, and from it who is gone from that network: the pure part.
 *
 * <p>JGroups drops a member from a view because <em>one</em> other member, the group's coordinator, did not hear it. One
 * observer that is slow, or one link that loses packets in one direction, is then enough to suspect a host that everybody else
 * hears. Therefore the members observe each other as well, K of them each host:
 *
 * <ul>
 *   <li>{@link io.holdfast.membership.cut.Observers} says who observes whom: without a word between them, by a hash.
 *   <li>{@link io.holdfast.membership.cut.Observing} is one observer: whom it asks, whom it does not hear any more, and its
 *       {@link io.holdfast.membership.cut.LocalHealth}: how far it trusts itself.
 *   <li>{@link io.holdfast.membership.cut.ObserverReport} is what it says of that, to every controller, over every network
 *       on which it sees one.
 *   <li>{@link io.holdfast.membership.cut.CutDetector} is a controller's count of the distinct observers that do not hear a
 *       host, with a high and a low mark.
 *   <li>{@link io.holdfast.membership.cut.Sight} joins the count with the controller's own view, if it has one there.
 * </ul>
 *
 * <p>Sources. The marks and the rule that nobody is cut while another stands between them: Suresh and others, <em>Stable and
 * Consistent Membership at Scale with Rapid</em>, USENIX ATC 2018, section 4. The score of an observer's own health and what it
 * does to its time-out: Dadgar, Phillips and Currey, <em>Lifeguard: Local Health Awareness for More Accurate Failure
 * Detection</em>, 2018, section IV.
 *
 * <p>Threads: none here. No clock either: nanoseconds of a monotonic clock are an argument, and mean something only within
 * one process.
 *
 * <p>What it refuses to do: conclude that a host is dead. A host that is gone from a network is gone from that network.
 */
@NullMarked
package io.holdfast.membership.cut;

import org.jspecify.annotations.NullMarked;
