package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells operators of what was done although a promise does not hold afterwards: each in the log, and at most one in a minute
 * for each segment as an event, which says how many were left out before it.
 *
 * <p>Any thread may call.
 */
public final class AdmissionWarnings {

    private static final Logger log = LoggerFactory.getLogger(AdmissionWarnings.class);

    /** Smaller: whoever makes servers one by one fills the feed. Larger: what happens between is seen late. */
    static final Duration PAUSE = Duration.ofMinutes(1);

    private final PromiseBook book;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Runnable told;
    private final InstantSource clock;
    private final Map<SegmentId, Last> last = new HashMap<>();

    private record Last(Instant at, int leftOut) {}

    /** @param told called after something that is to be told was written */
    public AdmissionWarnings(
            PromiseBook book, Supplier<Optional<LeaderEpoch>> leader, Runnable told, InstantSource clock) {
        this.book = book;
        this.leader = leader;
        this.told = told;
        this.clock = clock;
    }

    /** Fails as the store does, when it cannot be told; then what is warned of is not done either. */
    void warn(SegmentId segment, String reason) {
        log.warn("admitted although not: {}", reason);
        Optional<LeaderEpoch> epoch = leader.get();
        if (epoch.isEmpty()) {
            return;
        }
        Instant now = clock.instant();
        int leftOut = due(segment, now);
        if (leftOut < 0) {
            return;
        }
        Map<String, Object> data = new HashMap<>();
        data.put("segment", segment.value());
        data.put("reason", reason);
        data.put("leftOut", leftOut);
        book.tell(
                segment,
                new Fact(UUID.randomUUID(), "segment.over-committed", "segment/" + segment, null, now, data),
                epoch.get());
        told.run();
    }

    /** How many were left out, or -1 when this one is. */
    private synchronized int due(SegmentId segment, Instant now) {
        Last before = last.get(segment);
        if (before != null && now.isBefore(before.at.plus(PAUSE))) {
            last.put(segment, new Last(before.at, before.leftOut + 1));
            return -1;
        }
        last.put(segment, new Last(now, 0));
        return before == null ? 0 : before.leftOut;
    }
}
