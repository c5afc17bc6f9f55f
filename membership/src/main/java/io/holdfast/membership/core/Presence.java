package io.holdfast.membership.core;

/** What one signal says of one host, and since when. */
public sealed interface Presence {

    Moment since();

    /** This controller has not seen the signal for the host's present agent session. Not missing: it was never had. */
    record Never(Moment since) implements Presence {}

    record Present(Moment since) implements Presence {}

    /** Seen before, and gone although we could have heard it. The age counts for a verdict. */
    record Absent(Moment since) implements Presence {}

    /** We could not have heard it: our own coordination, group or process is or was disturbed. No age counts. */
    record Unknown(Moment since) implements Presence {}
}
