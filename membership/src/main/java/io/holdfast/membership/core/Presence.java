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

    /** It is seen now. */
    default Presence seen(Moment now) {
        return this instanceof Present ? this : new Present(now);
    }

    /** It is not seen now; whether that says anything depends on whether we could have heard it. */
    default Presence unseen(Moment now, boolean trusted) {
        return switch (this) {
            case Never never -> never;
            case Absent absent -> trusted ? absent : absent.unheard(now);
            case Present _ -> trusted ? new Absent(now) : new Unknown(now);
            case Unknown unknown -> trusted ? new Absent(now) : unknown;
        };
    }

    /** We cannot hear it any more. */
    default Presence unheard(Moment now) {
        return this instanceof Unknown || this instanceof Never ? this : new Unknown(now);
    }

    /** We did not run: what was absent may have come and gone. */
    default Presence afterPause(Moment now) {
        return this instanceof Absent ? new Unknown(now) : this;
    }
}
