package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.Answer;
import io.holdfast.scheduler.capacity.CapacitySurvey;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Outlook;
import io.holdfast.scheduler.capacity.SegmentSnapshot;
import io.holdfast.scheduler.capacity.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads hosts and instances, and surveys each segment.
 *
 * <p>Any thread may ask. One survey is made at a time; whoever asks meanwhile waits for it. A report is given again for as
 * long as {@link #BUSY_SHARE} times what it took, and for a second at least: however many ask, a controller spends at most a
 * tenth of one processor on answers. The report says how old it is.
 */
public final class CapacitySurveys implements Capacity {

    /** Larger: older answers; smaller: a busier controller. */
    private static final int BUSY_SHARE = 9;

    private static final Duration FRESH_MIN = Duration.ofSeconds(1);
    private static final Duration FRESH_MAX = Duration.ofSeconds(30);

    /** Of each kind of failure. What is beyond has its counts, and no names; explaining costs more than judging. */
    private static final int EXPLAINED_MAX = 16;

    private static final int PAIRS_EXPLAINED_MAX = 4;

    private final Hosts hosts;
    private final Claims claims;
    private final Instances instances;
    private final FailoverSegments segments;
    private final SchedulerSettings scheduling;
    private final Predicate<HostId> avoided;
    private final RecoverySettings settings;
    private final AdmissionSettings admission;
    private final InstantSource clock;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private @Nullable Report last;

    /**
     * @param avoided where nothing is to be placed now, for example {@link RecoveryEngine#avoids}; must not block
     * @param clock steady: what a survey took is read from it
     */
    public CapacitySurveys(
            Hosts hosts,
            Claims claims,
            Instances instances,
            FailoverSegments segments,
            SchedulerSettings scheduling,
            Predicate<HostId> avoided,
            RecoverySettings settings,
            AdmissionSettings admission,
            InstantSource clock) {
        this.hosts = hosts;
        this.claims = claims;
        this.instances = instances;
        this.segments = segments;
        this.scheduling = scheduling;
        this.avoided = avoided;
        this.settings = settings;
        this.admission = admission;
        this.clock = clock;
    }

    @Override
    public Report look() {
        oneAtATime.lock();
        try {
            Report before = last;
            if (before != null && isFresh(before)) {
                return before;
            }
            Report now = survey();
            last = now;
            return now;
        } finally {
            oneAtATime.unlock();
        }
    }

    @Override
    public AdmissionSettings.Policy policy(SegmentId segment) {
        return admission.of(segment);
    }

    private boolean isFresh(Report report) {
        Duration rest = report.took().multipliedBy(BUSY_SHARE);
        Duration fresh = rest.compareTo(FRESH_MIN) < 0 ? FRESH_MIN : rest.compareTo(FRESH_MAX) > 0 ? FRESH_MAX : rest;
        return clock.instant().isBefore(report.at().plus(report.took()).plus(fresh));
    }

    private Report survey() {
        Instant at = clock.instant();
        List<Instance> all = instances.list(null);
        CapacitySnapshots read = new CapacitySnapshots(
                hosts.list(),
                all,
                claims.groups(),
                segments.list(),
                segments.hosts(),
                hosts.surroundings(),
                claims.terms(all.stream().map(Instance::id).toList()));
        Scheduler scheduler = new Scheduler(scheduling);
        List<Segment> surveyed = new ArrayList<>();
        for (SegmentSnapshot snapshot : read.read(avoided, at, settings).values()) {
            CapacitySurvey survey = new CapacitySurvey(snapshot, scheduling, read.planner(scheduler));
            Outlook outlook = survey.outlook();
            surveyed.add(new Segment(snapshot.segment(), outlook, explained(survey, outlook)));
        }
        return new Report(at, Duration.between(at, clock.instant()), surveyed);
    }

    private static List<Details> explained(CapacitySurvey survey, Outlook outlook) {
        List<Details> details = new ArrayList<>();
        explain(survey, outlook.single(), EXPLAINED_MAX, details);
        explain(survey, outlook.domains(), EXPLAINED_MAX, details);
        explain(survey, outlook.pairs().worst(), PAIRS_EXPLAINED_MAX, details);
        return details;
    }

    private static void explain(CapacitySurvey survey, List<Answer> answers, int max, List<Details> into) {
        answers.stream()
                .filter(answer -> answer.verdict() != Verdict.SURVIVABLE)
                .sorted(Comparator.comparingInt(Answer::left).reversed())
                .limit(max)
                .forEach(answer -> into.add(survey.details(answer)));
    }
}
