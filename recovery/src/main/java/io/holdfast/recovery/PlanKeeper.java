package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.KeptPlan;
import io.holdfast.recovery.core.PlanQuestion;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans from time to time what recovery would do if a host failed, for each host, so that it is known when one does.
 *
 * <p>Only the leader plans, one plan at a time, and nothing is planned for a host for which nothing has changed. It rests for nine times
 * what a look took: a tenth of one processor at most. While a recovery is under way it does nothing.
 *
 * <p>One thread, started by {@link #start}; {@link #keepOnce} is its work, for it and for tests alone. What if we die here: as in
 * {@link KeptPlans}.
 */
public final class PlanKeeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PlanKeeper.class);

    /** Larger: older plans; smaller: a busier controller. */
    private static final int BUSY_SHARE = 9;

    private final SegmentId segment;
    private final KeptPlans kept;
    private final Hosts hosts;
    private final Claims claims;
    private final Instances instances;
    private final FailoverSegments segments;
    private final Scheduler scheduler;
    private final Predicate<HostId> avoided;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final RecoverySettings settings;
    private final Duration interval;
    private final InstantSource clock;
    private final Thread looks = Thread.ofVirtual().name("plan-keeper").unstarted(this::run);
    private boolean troubled;

    /**
     * @param kept where recovery finds them: {@link RecoveryEngine#keptPlans}
     * @param avoided where nothing is to be placed now, as recovery asks it: {@link RecoveryEngine#avoids}
     * @param interval between two looks at least
     * @param clock steady: what a look took is read from it
     */
    public PlanKeeper(
            SegmentId segment,
            KeptPlans kept,
            Hosts hosts,
            Claims claims,
            Instances instances,
            FailoverSegments segments,
            Scheduler scheduler,
            Predicate<HostId> avoided,
            Supplier<Optional<LeaderEpoch>> leader,
            RecoverySettings settings,
            Duration interval,
            InstantSource clock) {
        this.segment = segment;
        this.kept = kept;
        this.hosts = hosts;
        this.claims = claims;
        this.instances = instances;
        this.segments = segments;
        this.scheduler = scheduler;
        this.avoided = avoided;
        this.leader = leader;
        this.settings = settings;
        this.interval = interval;
        this.clock = clock;
    }

    public void start() {
        looks.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            Instant begun = clock.instant();
            keepOnce();
            try {
                TimeUnit.NANOSECONDS.sleep(
                        rest(Duration.between(begun, clock.instant())).toNanos());
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** How long nothing is done after a look that took so long. */
    Duration rest(Duration took) {
        Duration share = took.multipliedBy(BUSY_SHARE);
        return share.compareTo(interval) < 0 ? interval : share;
    }

    /**
     * One look at everything, if this controller leads. What fails is tried again by the next one; the plans that there are stay,
     * since each is held against the state of the moment before it is used, and their age tells.
     */
    void keepOnce() {
        if (leader.get().isEmpty()) {
            kept.forget();
            return;
        }
        if (kept.giveWay()) {
            return;
        }
        try {
            keep(clock.instant());
            troubled = false;
        } catch (RuntimeException e) {
            if (!troubled) {
                log.warn("plans for failures of hosts could not be made, the next look tries again: {}", e.toString());
            }
            troubled = true;
        }
    }

    private void keep(Instant at) {
        FailureQuestions read = read(at);
        List<HostSnapshot> all = read.hosts();
        List<HostId> planned = new ArrayList<>();
        for (ComputeHost host : read.thatMayFail()) {
            if (kept.giveWay() || Thread.currentThread().isInterrupted()) {
                return;
            }
            PlanQuestion asked = read.of(host, all);
            if (asked != null) {
                kept.put(host.id(), plan(host.id(), all, asked, at));
                planned.add(host.id());
            }
        }
        kept.keepOnly(planned);
    }

    private @Nullable KeptPlan plan(HostId host, List<HostSnapshot> all, PlanQuestion asked, Instant at) {
        KeptPlan last = kept.of(host).orElse(null);
        return last != null && last.answers(asked)
                ? last.stillSo(all, at)
                : KeptPlan.of(
                        host,
                        all,
                        asked,
                        asked.planned((offered, limited) -> scheduler.place(offered, asked.groups(), limited)),
                        at);
    }

    private FailureQuestions read(Instant at) {
        List<Instance> living = instances.list(null);
        return new FailureQuestions(
                segment,
                hosts.list(),
                hosts.surroundings(),
                avoided,
                living,
                claims.groups(),
                claims.terms(living.stream().map(Instance::id).toList()),
                segments.list(),
                segments.hosts(),
                settings,
                at);
    }

    /** Ends after the host that is being planned for. */
    @Override
    public void close() {
        looks.interrupt();
    }

    /** Whether the looks have ended, at most so long later. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        return looks.join(limit);
    }
}
