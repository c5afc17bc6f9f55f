package io.holdfast.recovery.core;

/**
 * Whether one more host may be condemned while others of its segment already are.
 *
 * <p>Many hosts that vanish together are more often one broken network, or one broken observer, than many broken hosts;
 * powering them all off would make the wrong conclusion true. So beyond a share of the segment a case is held and a human
 * is told. Two kinds of evidence pass all the same, because neither can come from a network that is cut: a power device
 * that reads "off", and the word of somebody who answers for it.
 */
public final class StormGuard {

    private StormGuard() {}

    /**
     * @param hosts hosts of the segment, this one included
     * @param open cases of the segment that are open and not held, this one not included
     * @param gone further hosts that were condemned lately and are not back, although their cases are closed
     * @param share the share of hosts that may be lost at once
     */
    public static CaseEvent.HoldReviewed review(int hosts, int open, int gone, double share, boolean hardEvidence) {
        if (hardEvidence) {
            return new CaseEvent.HoldReviewed(true, "its power reads off, or somebody answers for it");
        }
        int limit = limit(hosts, share);
        String lost = open + " of " + hosts + " hosts of the segment have an open case"
                + (gone == 0 ? "" : ", " + gone + " more were condemned just before and are not back");
        if (open + gone < limit) {
            return new CaseEvent.HoldReviewed(true, lost + "; at most " + limit + " may be lost at once");
        }
        return new CaseEvent.HoldReviewed(
                false,
                lost + ", and the limit is " + limit
                        + ": this may be a broken network rather than broken hosts. It goes on when one of them is"
                        + (gone == 0 ? " closed" : " closed or back, when enough time has passed")
                        + ", when the host's power reads off, or on force-down");
    }

    /** One host is always allowed. */
    public static int limit(int hosts, double share) {
        return Math.max(1, (int) Math.floor(hosts * share));
    }
}
