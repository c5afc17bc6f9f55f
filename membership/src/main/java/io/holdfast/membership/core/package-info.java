/**
 * From observations to conclusions, as a pure function.
 *
 * <p>{@link io.holdfast.membership.core.MembershipMachine#step} takes what is held so far, one observation and the
 * moment, and answers with what is held now, what to tell ({@code events}) and what to ask next ({@code commands}).
 * The state is soft: it is rebuilt from signals after a restart, which is why a restart costs a grace period.
 *
 * <p>Terms: a <em>presence</em> is what one signal says of one host (never, present, absent, unknown). A
 * <em>standing</em> is what we hold of the host. A <em>doubt</em> is a reason to distrust ourselves.
 *
 * <p>Threads: none here. No clock either: the moment is an argument.
 *
 * <p>What it refuses to do: conclude a death from one signal, from a signal that we could not have heard, or from
 * anything said before we began to ask.
 */
@NullMarked
package io.holdfast.membership.core;

import org.jspecify.annotations.NullMarked;
