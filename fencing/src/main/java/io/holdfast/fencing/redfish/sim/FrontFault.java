package io.holdfast.fencing.redfish.sim;

import java.time.Duration;
import java.util.OptionalInt;

/** What is wrong with a simulated Redfish service. The root is answered as always where nothing else is said. */
public sealed interface FrontFault {

    /** Nothing. */
    record None() implements FrontFault {}

    /** Takes connections and requests, and answers none, the root neither. Carries out nothing. */
    record Silent() implements FrontFault {}

    /** Each answer takes this time, the root's too. Orders are carried out first. */
    record Slow(Duration delay) implements FrontFault {}

    /** The answer to a login takes this time; the session is made first. */
    record SlowLogin(Duration delay) implements FrontFault {}

    /** Says "done" to orders, and does nothing. */
    record Lying() implements FrontFault {}

    /** Answers readings and refuses orders (400), with this reason. */
    record RefusingOrders(String reason) implements FrontFault {}

    /** Refuses every login and every credential (401). */
    record RefusingLogins() implements FrontFault {}

    /** Knows everybody, and lets nobody order anything (403). */
    record Forbidding() implements FrontFault {}

    /** Wants a login for its root too (401). */
    record ClosedRoot() implements FrontFault {}

    /** Is no Redfish service at all (404). */
    record Elsewhere() implements FrontFault {}

    /** Makes no sessions (405). */
    record WithoutSessions() implements FrontFault {}

    /** Does nothing right now (503), and may say in how many seconds it will. */
    record Busy(OptionalInt retryAfterSeconds) implements FrontFault {}

    /** Fails at everything (500). */
    record Failing() implements FrontFault {}

    /** Answers everything with 200 and this body, the root too. */
    record Garbled(String body) implements FrontFault {}

    /** Sends everybody to this URL (307), from the root on. */
    record Redirecting(String to) implements FrontFault {}

    /** Describes systems at a length of so many bytes. */
    record Oversized(int bytes) implements FrontFault {}

    /** Closes the connection in the middle of describing a system. */
    record Breaking() implements FrontFault {}

    /** Says this about the power of every system, in JSON: {@code "PoweringOff"} with its quotes, {@code null}. */
    record SayingAboutPower(String json) implements FrontFault {}

    /** Refuses orders (400) and repeats in its reason whatever secret it was sent. */
    record Repeating() implements FrontFault {}
}
