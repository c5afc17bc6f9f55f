package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;

/**
 * What is done in one session: a question or an order, or one question after another, each a value of its own. How each message gets
 * through, {@link Conversation} decides.
 */
public interface Work {

    /** Whether it changes anything. */
    boolean order();

    /** Whether carrying it out twice is as good as once, so that it may be sent again. */
    boolean repeatable();

    /** What was asked for, for people: {@code the device does not tell ...}. */
    String subject();

    /** The message under that number. */
    IpmiMessage request(int sequence);

    /**
     * How often a device may say "not now" to this message before that counts as its answer. By default the deadline alone
     * ends it: whoever wants one thing has nothing else to go on with.
     */
    default int patience() {
        return Integer.MAX_VALUE;
    }

    /**
     * What comes of an answer.
     *
     * @param completion how the device ended it, not "not now"
     * @param data what followed, of any length
     */
    Turn answered(int completion, Bytes data);

    /** What is known all the same when the session ends without the rest. By default that is nothing. */
    default Outcome despite(Outcome.Failed failed) {
        return failed;
    }

    /** What comes of an answer. */
    sealed interface Turn {

        /** On with this. */
        record Next(Work work) implements Turn {}

        record End(Outcome outcome) implements Turn {}

        /** The answer is none; the message is sent again. */
        record Garbled(String what) implements Turn {}

        /**
         * The device would not, and will not.
         *
         * @param what it would not, for people
         */
        record Refused(String what) implements Turn {}
    }
}
