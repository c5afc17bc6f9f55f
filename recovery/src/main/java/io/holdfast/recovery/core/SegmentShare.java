package io.holdfast.recovery.core;

import java.time.Duration;
import java.time.Instant;

/**
 * So many hosts lost at once: {@link StormGuard}.
 *
 * <p>A host that is out counts for {@code window} after it was condemned, also when its case is closed. Recovery takes
 * seconds; if only open cases counted, a wrong conclusion would walk through the segment half by half, each half as soon
 * as the one before it has been "recovered".
 *
 * <p>Fails closed for all but one: with no other host known, the limit is one. When it is not known what happened lately,
 * the open cases, which the engine always knows, are counted alone; the guards that look back hold by themselves then.
 *
 * @param share of the segment's hosts that may be lost at once
 */
record SegmentShare(double share, Duration window) implements Guard {

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
        Instant since = situation.now().minus(window);
        Situation.History history = situation.history();
        int gone = history == null
                ? 0
                : (int) history.gone().stream().filter(at -> at.isAfter(since)).count();
        CaseEvent.HoldReviewed storm =
                StormGuard.review(situation.hosts(), situation.open(), gone, share, situation.hard());
        return storm.pass() ? act(storm.reason()) : hold(storm.reason());
    }
}
