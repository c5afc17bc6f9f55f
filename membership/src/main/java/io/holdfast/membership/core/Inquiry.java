package io.holdfast.membership.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A question that is asked again and again, one at a time, and its present answer.
 *
 * @param answer the newest answer that counts, or null
 * @param sameSince when the first of the present row of equal answers was asked
 * @param inARow how many equal answers came in a row, the present one included; 0 when there is none
 * @param took how long the newest answer took that was not a silence, or zero; not forgotten with the answers
 * @param latestAskedAt when the newest answer was asked
 * @param openSince when the question under way was asked, or null
 */
record Inquiry<A>(
        @Nullable A answer,
        @Nullable Moment sameSince,
        int inARow,
        Duration took,
        @Nullable Moment latestAskedAt,
        @Nullable Moment openSince) {

    static <A> Inquiry<A> none() {
        return new Inquiry<>(null, null, 0, Duration.ZERO, null, null);
    }

    Inquiry<A> asked(Moment now) {
        return new Inquiry<>(answer, sameSince, inARow, took, latestAskedAt, now);
    }

    /** Forgets answers, but not that a question is under way: there is never a second one. */
    Inquiry<A> forgotten() {
        return new Inquiry<>(null, null, 0, took, null, openSince);
    }

    /** The question is closed without an answer that counts. */
    Inquiry<A> discarded() {
        return new Inquiry<>(answer, sameSince, inARow, took, latestAskedAt, null);
    }

    Inquiry<A> answered(Moment askedAt, A newAnswer) {
        boolean same = newAnswer.equals(answer) && sameSince != null;
        return same
                ? new Inquiry<>(newAnswer, sameSince, inARow + 1, took, askedAt, null)
                : new Inquiry<>(newAnswer, askedAt, 1, took, askedAt, null);
    }

    Inquiry<A> took(Duration newest) {
        return new Inquiry<>(answer, sameSince, inARow, newest, latestAskedAt, openSince);
    }

    boolean isOpen(Moment askedAt) {
        return askedAt.equals(openSince);
    }
}
