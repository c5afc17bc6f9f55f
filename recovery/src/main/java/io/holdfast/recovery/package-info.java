/**
 * What to do about a failure.
 *
 * <p>A <em>case</em> is one failure of one host, from its condemnation to its end. {@code recovery.core} is the machine:
 * a pure function from a case and an event to the next case and commands. The next case is durable in the journal
 * before any of its commands leaves; so a case can be continued by any controller from its row alone, and every command
 * can be sent twice.
 *
 * <p>The order that never changes: condemn (no new claims) → fence → <em>proof</em> → plan → claim → start → verify
 * running → resolve. Without the proof there is no plan.
 *
 * <p>Terms: case, verdict, claim, evacuate, policy, hold; see the glossary.
 *
 * <p>Threads: one owner thread per segment with an inbox; blocking calls run in virtual threads and come back as
 * events.
 *
 * <p>What it refuses to do: give up silently. Each waiting state has a deadline, a next level, and at the end a human.
 */
@NullMarked
package io.holdfast.recovery;

import org.jspecify.annotations.NullMarked;
