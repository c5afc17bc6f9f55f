package io.holdfast.recovery.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * After a storm, the next silence is rather its next gust than a failed host: a network that comes and goes would have
 * its hosts shot one by one in the lulls. So for a while only hard evidence condemns.
 *
 * <p>Fails closed: when nobody knows what happened lately, there may have been a storm.
 *
 * @param holds cases held within {@code window} of each other that make a storm
 * @param coolDown from the last of them
 */
record CoolDown(int holds, Duration window, Duration coolDown) implements Guard {

    @Override
    public String name() {
        return "cool-down";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_CLOSED;
    }

    @Override
    public Finding review(Situation situation) {
        if (situation.hard()) {
            return act("its power reads off, or somebody answers for it");
        }
        Situation.History history = situation.history();
        if (history == null) {
            return hold("it is not known whether there was a storm lately");
        }
        Instant over = over(history.holds());
        return !situation.now().isBefore(over)
                ? act("no storm within the last " + coolDown.toSeconds() + " s")
                : hold("at least " + holds + " hosts were held at once, and until " + over
                        + " further ones are condemned only when their power reads off, or on force-down or"
                        + " confirm-dead");
    }

    /** The end of the cool-down after the last storm; long ago when there was none. */
    private Instant over(List<Instant> at) {
        List<Instant> sorted = at.stream().sorted().toList();
        for (int last = sorted.size() - 1; last >= holds - 1; last--) {
            Duration spread = Duration.between(sorted.get(last - holds + 1), sorted.get(last));
            if (spread.compareTo(window) <= 0) {
                return sorted.get(last).plus(coolDown);
            }
        }
        return Instant.MIN;
    }
}
