package io.holdfast.recovery.core;

/**
 * So many cases at once: {@link StormGuard}.
 *
 * <p>Fails closed for all but one: with no other host known, the limit is one open case.
 *
 * @param share of the segment's hosts whose cases may be open at once
 */
record SegmentShare(double share) implements Guard {

    @Override
    public String name() {
        return "segment-share";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_CLOSED;
    }

    @Override
    public Finding review(Situation situation) {
        CaseEvent.HoldReviewed storm = StormGuard.review(situation.hosts(), situation.open(), share, situation.hard());
        return storm.pass() ? act(storm.reason()) : hold(storm.reason());
    }
}
