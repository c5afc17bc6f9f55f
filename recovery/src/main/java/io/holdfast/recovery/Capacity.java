package io.holdfast.recovery;

import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Outlook;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What each segment could survive. */
@FunctionalInterface
public interface Capacity {

    /** The newest report, made now unless one was made a moment ago. Blocks for a second at most, mostly far less. */
    Report look();

    /** What is promised of a segment. */
    default AdmissionSettings.Policy policy(SegmentId segment) {
        return AdmissionSettings.defaults().of(segment);
    }

    /**
     * @param at when hosts and instances were read
     * @param took how long it took, reading included
     * @param segments by name; those that have hosts
     */
    record Report(Instant at, Duration took, List<Segment> segments) {
        public Report {
            segments = List.copyOf(segments);
        }
    }

    /**
     * @param details of the failures that are not survivable for certain, those that leave most first; not of all where
     *     they are many
     */
    record Segment(SegmentId id, Outlook outlook, List<Details> details) {
        public Segment {
            details = List.copyOf(details);
        }
    }
}
