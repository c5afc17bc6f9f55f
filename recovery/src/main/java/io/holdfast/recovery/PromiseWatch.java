package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CapacityPromise.State;
import io.holdfast.recovery.core.PromiseRule;
import io.holdfast.scheduler.capacity.Answer;
import io.holdfast.scheduler.capacity.Details;
import io.holdfast.scheduler.capacity.Ground;
import io.holdfast.scheduler.capacity.Outlook;
import io.holdfast.scheduler.capacity.Shortfall;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from time to time whether the promise of its segment holds, and tells operators when it breaks, when it is restored, and
 * when nobody can find out.
 *
 * <p>Only the leader looks. What a look costs {@link CapacitySurveys} limits. What if we die here: what is believed and what is
 * told of it are written together, and the next leader goes on from there; a verdict that was not told yet is waited for anew.
 *
 * <p>One thread, started by {@link #start}; {@link #lookOnce} is its work, for it and for tests alone.
 */
public final class PromiseWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PromiseWatch.class);

    private final SegmentId segment;
    private final Capacity capacity;
    private final PromiseBook book;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Runnable told;
    private final AdmissionSettings settings;
    private final InstantSource clock;
    private final Thread looks = Thread.ofVirtual().name("capacity-promise").unstarted(this::run);

    private @Nullable CapacityPromise believed;
    private PromiseRule.@Nullable Pending pending;
    private @Nullable LeaderEpoch led;
    private boolean known;
    private boolean troubled;

    /**
     * @param told called after something that is to be told was written
     * @param clock steady: how long a verdict holds is read from it
     */
    public PromiseWatch(
            SegmentId segment,
            Capacity capacity,
            PromiseBook book,
            Supplier<Optional<LeaderEpoch>> leader,
            Runnable told,
            AdmissionSettings settings,
            InstantSource clock) {
        this.segment = segment;
        this.capacity = capacity;
        this.book = book;
        this.leader = leader;
        this.told = told;
        this.settings = settings;
        this.clock = clock;
    }

    public void start() {
        looks.start();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            lookOnce();
            try {
                TimeUnit.NANOSECONDS.sleep(settings.lookInterval().toNanos());
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** One look, if this controller leads. What fails is seen as unknown, and told with the first look that can. */
    void lookOnce() {
        LeaderEpoch epoch = leader.get().orElse(null);
        if (!Objects.equals(epoch, led)) {
            led = epoch;
            known = false;
            pending = null;
        }
        if (epoch == null) {
            return;
        }
        Instant at = clock.instant();
        CapacityPromise seen = seen(at);
        try {
            if (!known) {
                believed = book.find(segment).orElse(null);
                known = true;
            }
            PromiseRule.Step step = PromiseRule.step(believed, pending, seen, settings.steadyFor());
            CapacityPromise next = step.believed();
            if (next != null) {
                book.put(next, step.told() ? fact(next, at) : null, epoch);
                if (step.told()) {
                    log.warn("segment {}: {}", segment, words(next));
                    told.run();
                }
                believed = next;
            }
            // Only now: what could not be written is pending still, and tried again with the next look.
            pending = step.pending();
        } catch (RuntimeException e) {
            // Read anew: whether it was written is not known.
            known = false;
            log.debug("what is promised of segment {} could not be remembered; the next look tries again", segment, e);
        }
    }

    private CapacityPromise seen(Instant at) {
        int failures = settings.of(segment).tolerate();
        try {
            Capacity.Segment found = capacity.look().segments().stream()
                    .filter(each -> each.id().equals(segment))
                    .findFirst()
                    .orElse(null);
            troubled = false;
            boolean kept = found == null || found.outlook().tolerated() >= failures;
            return new CapacityPromise(
                    segment,
                    kept ? State.KEPT : State.BROKEN,
                    failures,
                    at,
                    found == null || kept ? "" : reason(found, failures));
        } catch (RuntimeException e) {
            if (!troubled) {
                log.warn("whether segment {} would survive what is promised is not known: {}", segment, e.toString());
            }
            troubled = true;
            return new CapacityPromise(segment, State.UNKNOWN, failures, at, "the look failed: " + e);
        }
    }

    private static String reason(Capacity.Segment found, int failures) {
        Outlook outlook = found.outlook();
        Answer worst = outlook.worst(failures).orElse(null);
        if (worst == null) {
            return outlook.hosts() == 0
                    ? "no host is left, and instances wait for homes"
                    : "the loss of any two hosts: " + Ground.BOUND.text();
        }
        return Shortfall.words(
                worst,
                found.details().stream()
                        .filter(details -> details.answer().equals(worst))
                        .findFirst()
                        .map(Details::left)
                        .orElse(List.of()));
    }

    private static String words(CapacityPromise promise) {
        String what = promise.failures() == 1 ? "any host" : "any " + promise.failures() + " hosts";
        return switch (promise.state()) {
            case KEPT -> "the loss of " + what + " would be survived again";
            case BROKEN -> "the loss of " + what + " would not be survived for certain: " + promise.reason();
            case UNKNOWN -> "whether the loss of " + what + " would be survived is not known: " + promise.reason();
        };
    }

    private static Fact fact(CapacityPromise promise, Instant at) {
        String type = switch (promise.state()) {
            case KEPT -> "segment.promise-restored";
            case BROKEN -> "segment.promise-broken";
            case UNKNOWN -> "segment.promise-unknown";
        };
        Map<String, Object> data = new HashMap<>();
        data.put("segment", promise.segment().value());
        data.put("tolerate", promise.failures());
        data.put("since", promise.since().toString());
        data.put("reason", words(promise));
        return new Fact(UUID.randomUUID(), type, "segment/" + promise.segment(), null, at, data);
    }

    @Override
    public void close() {
        looks.interrupt();
    }
}
