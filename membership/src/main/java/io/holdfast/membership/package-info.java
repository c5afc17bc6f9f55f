/**
 * Who is alive, and how we know.
 *
 * <p>Several independent signals (a lease, group views, a probe of the host itself, its power, somebody's word) arrive
 * as observations. {@code membership.core} keeps them as soft state and turns them into
 * {@link io.holdfast.membership.MembershipEvent}s. One missing signal is a suspicion: it is told at once, it makes us
 * ask the power device, and it is taken back when it proves wrong. A verdict needs more: "power reads off", the
 * agreement of independent signals past their time, or the word of somebody who answers for it.
 *
 * <p>Terms: <em>suspicion</em>, <em>verdict</em>, <em>lease</em>, <em>observer</em>, <em>incarnation</em>; see the
 * glossary.
 *
 * <p>Threads: one owner thread runs the core; adapters turn callbacks into observations, put them into its inbox and
 * return. Events leave on the owner thread and must not block it.
 *
 * <p>What it refuses to do: touch a host, fence, or conclude anything from its own deafness.
 */
@NullMarked
package io.holdfast.membership;

import org.jspecify.annotations.NullMarked;
