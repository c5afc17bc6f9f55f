package io.holdfast.membership.core;

import org.jspecify.annotations.Nullable;

/**
 * A question that is asked again and again, one at a time, and its present answer.
 *
 * @param answer the newest answer that counts, or null
 * @param sameSince when the first of the present row of equal answers was asked
 * @param latestAskedAt when the newest answer was asked
 * @param openSince when the question under way was asked, or null
 */
record Inquiry<A>(
        @Nullable A answer,
        @Nullable Moment sameSince,
        @Nullable Moment latestAskedAt,
        @Nullable Moment openSince) {

    static <A> Inquiry<A> none() {
        return new Inquiry<>(null, null, null, null);
    }

    Inquiry<A> asked(Moment now) {
        return new Inquiry<>(answer, sameSince, latestAskedAt, now);
    }

    /** Forgets answers, but not that a question is under way: there is never a second one. */
    Inquiry<A> forgotten() {
        return new Inquiry<>(null, null, null, openSince);
    }

    /** The question is closed without an answer that counts. */
    Inquiry<A> discarded() {
        return new Inquiry<>(answer, sameSince, latestAskedAt, null);
    }

    Inquiry<A> answered(Moment askedAt, A newAnswer) {
        Moment began = newAnswer.equals(answer) && sameSince != null ? sameSince : askedAt;
        return new Inquiry<>(newAnswer, began, askedAt, null);
    }

    boolean isOpen(Moment askedAt) {
        return askedAt.equals(openSince);
    }
}
