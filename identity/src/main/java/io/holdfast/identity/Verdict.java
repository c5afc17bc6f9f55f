package io.holdfast.identity;

/** Whether a token is good. */
public sealed interface Verdict {

    record Good(Bearer bearer) implements Verdict {}

    /** It was good once: it has expired, was revoked, or its owner may not do this any more. */
    record Ended() implements Verdict {}

    /** It was never made here: a mistake, or a guess. */
    record Wrong() implements Verdict {}
}
