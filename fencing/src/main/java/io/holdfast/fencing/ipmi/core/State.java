package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import io.holdfast.fencing.ipmi.rmcp.KeyExchange;
import io.holdfast.fencing.ipmi.rmcp.ReplayWindow;
import io.holdfast.fencing.ipmi.rmcp.SessionKeys;
import org.jspecify.annotations.Nullable;

/** Where a conversation stands; each state carries only what it knows. The table is in {@link Conversation}. */
public sealed interface State {

    /** When to be woken if nothing else happens, by the same clock as the {@code now} of each step, in nanoseconds. */
    long wakeAt();

    /**
     * What is wanted, and until when.
     *
     * @param act what is left of it
     */
    record Plan(Login login, Work act, long deadlineAt) {

        Plan with(Work rest) {
            return new Plan(login, rest, deadlineAt);
        }
    }

    /** Something was sent, or will be, and an answer is awaited. */
    sealed interface Waiting extends State {
        Plan plan();

        Memory memory();

        Tries tries();

        @Override
        default long wakeAt() {
            return Math.min(tries().nextAt(), plan().deadlineAt());
        }
    }

    /** Open Session Request sent. */
    record Opening(Plan plan, Memory memory, Tries tries, int consoleId) implements Waiting {}

    /**
     * RAKP 1 sent.
     *
     * @param mismatched whether a RAKP 2 with a wrong code has come already
     * @param answered what an earlier copy than the last was answered with, while the last one's answer is awaited
     */
    record Keying(
            Plan plan,
            Memory memory,
            Tries tries,
            int consoleId,
            int bmcId,
            Bytes consoleRandom,
            boolean mismatched,
            @Nullable KeyExchange answered)
            implements Waiting {}

    /**
     * The BMC has proven that it knows the password; RAKP 3, our own proof, sent.
     *
     * @param link the session as it is from the moment at which the BMC accepts our proof
     * @param raise the first message in it
     */
    record Proving(Plan plan, Memory memory, Tries tries, KeyExchange exchange, Link link, IpmiMessage raise)
            implements Waiting {}

    /** The session is open; Set Session Privilege Level sent. */
    record Raising(Plan plan, Memory memory, Tries tries, Link link, IpmiMessage request) implements Waiting {}

    /** The act itself sent. */
    record Acting(Plan plan, Memory memory, Tries tries, Link link, IpmiMessage request) implements Waiting {}

    /** The answer is given; Close Session sent, so that the device has its slot back. */
    record Closing(Tries tries, Link link, IpmiMessage request, long untilAt) implements State {
        @Override
        public long wakeAt() {
            return Math.min(tries.nextAt(), untilAt);
        }
    }

    /** Nothing more to do. */
    record Ended() implements State {
        @Override
        public long wakeAt() {
            return Long.MAX_VALUE;
        }
    }

    /**
     * An open session.
     *
     * @param sent sequence number of the packet sent last
     * @param window what has come
     */
    record Link(int consoleId, int bmcId, SessionKeys keys, int sent, ReplayWindow window) {

        Link sentOne() {
            return new Link(consoleId, bmcId, keys, sent + 1, window);
        }

        Link with(ReplayWindow seen) {
            return new Link(consoleId, bmcId, keys, sent, seen);
        }
    }
}
