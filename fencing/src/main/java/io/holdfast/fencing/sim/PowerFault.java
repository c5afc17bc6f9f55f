package io.holdfast.fencing.sim;

import java.time.Duration;

/** What is wrong with a simulated fence device. */
public sealed interface PowerFault {

    /** Nothing. */
    record None() implements PowerFault {}

    /** Never answers, and carries out nothing. */
    record Dead() implements PowerFault {}

    /** Draws its power from the host: answers while the host has power, and is dead with it. */
    record DiesWithHost() implements PowerFault {}

    /** Answers everything after this time. An order that is not answered in time is carried out all the same. */
    record Slow(Duration delay) implements PowerFault {}

    /** Says "done", and does nothing. */
    record Lying() implements PowerFault {}

    /** Answers readings and refuses orders. */
    record RefusingOrders() implements PowerFault {}

    /** Refuses every login. */
    record WrongPassword() implements PowerFault {}

    /** Carries out orders, and their answer is lost. Readings are answered. */
    record LosingReplies() implements PowerFault {}

    /**
     * Something switches the host on again: it has power again once it was read off this often.
     *
     * @param offReadings 0 or more; 0 means that no reading ever says off
     */
    record SwitchingOnAgain(int offReadings) implements PowerFault {}
}
