/**
 * A small data centre in virtual time, in which the product's own decisions are played: the recovery engine, membership,
 * the rules of a fence attempt, the scheduler, and the rules by which agents take orders.
 *
 * <p><b>How to drive it.</b> Make a {@link World} of a seed and a {@link Shape}; the hosts, instances and controllers are
 * there and well. Change it with {@link World#host}, {@link World#controllers}, {@link World#network},
 * {@link World#zooKeeper}, {@link World#weather}, {@link World#storage}, {@link Host#bmc}, {@link World#owners},
 * {@link World#operator}; plan such changes with {@link World#timeline}. Let time pass with {@link World#runUntil}, or
 * the whole of faults, healing and judgement with {@link World#run}. Then read {@link World#violations},
 * {@link World#story} and {@link World#figures}.
 *
 * <p><b>Rules of the house.</b> One queue of events, no thread, no clock, no sleep. Every chance comes from the
 * {@link Dice} of its purpose. What is iterated is ordered. So a seed is a story, bit for bit, on every machine.
 *
 * <p><b>What is not here:</b> the real shells (Curator, JGroups, gRPC, IPMI, Hibernate); their part is played by the
 * classes of this package, each of which says what it leaves out. {@code docs/design/simulator.md} has the whole list.
 */
@NullMarked
package io.holdfast.chaos.sim;

import org.jspecify.annotations.NullMarked;
