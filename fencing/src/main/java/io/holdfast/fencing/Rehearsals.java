package io.holdfast.fencing;

import io.holdfast.fencing.core.Readiness;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out beforehand whether hosts could be fenced: has the devices of each rehearsed from time to time and when somebody
 * asks, remembers what was found, and tells operators of a host that no level would isolate.
 *
 * <p>Only the leader rehearses. A host with an open case is left alone, and a rehearsal gives way to whatever is in earnest
 * (see {@link Fencer#rehearse}); nothing that happens here can hold up a fence. When a host has come, or is looked after
 * again, it is rehearsed at once: machines come back from repair with other cables.
 *
 * <p>What if we die here: nothing was touched. The next leader reads what is remembered and goes on from there; a rehearsal
 * and what is told of it are written together, so nothing is told twice or forgotten.
 *
 * <p>Threads: one looks what is due, each rehearsal has one of its own, at most {@value #AT_A_TIME} at a time. Any thread
 * may call {@link #now}, which blocks.
 */
public final class Rehearsals implements Rehearsal, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsals.class);

    /** Too small: a rack of dead devices holds up the others; too large: a burst of sessions on the management network. */
    static final int AT_A_TIME = 8;

    private static final Duration LOOK_MAX = Duration.ofSeconds(5);

    /** What has to be known of hosts. Asked from any thread; may block. */
    public interface Hosts {

        /** Those that serve or are about to, and on which nobody works: a machine in repair may have no power at all. */
        List<HostId> lookedAfter();

        /** Whether the signals say that it lives. */
        boolean alive(HostId host);

        /** Whether a case of it is open. */
        boolean inCase(HostId host);
    }

    /** At which epoch this controller leads; empty while it does not. Must not block. */
    public interface Lead {
        Optional<LeaderEpoch> current();
    }

    private final SegmentId segment;
    private final Fencer fencer;
    private final ReadinessBook book;
    private final Hosts hosts;
    private final Lead lead;
    private final Runnable told;
    private final Duration interval;
    private final Duration roomLimit;
    private final Semaphore room = new Semaphore(AT_A_TIME, true);
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("fence-rehearsal-", 0).factory());
    private final Thread looks = Thread.ofVirtual().name("fence-rehearsals").unstarted(this::run);

    /** When each host is due, by {@link System#nanoTime}. Touched by the one that looks, and set by rehearsals. */
    private final Map<HostId, Long> dueAt = new ConcurrentHashMap<>();

    private final Set<HostId> underWay = ConcurrentHashMap.newKeySet();

    /**
     * @param told called after something that is to be told was written
     * @param interval between two rehearsals of a host; zero for none but those that somebody asks for
     * @param roomLimit how long one waits for its turn; then it was not rehearsed, and says why
     */
    public Rehearsals(
            SegmentId segment,
            Fencer fencer,
            ReadinessBook book,
            Hosts hosts,
            Lead lead,
            Runnable told,
            Duration interval,
            Duration roomLimit) {
        this.segment = segment;
        this.fencer = fencer;
        this.book = book;
        this.hosts = hosts;
        this.lead = lead;
        this.told = told;
        this.interval = interval;
        this.roomLimit = roomLimit;
    }

    public void start() {
        if (!interval.isZero()) {
            looks.start();
        }
    }

    @Override
    public Map<HostId, FenceReadiness> remembered() {
        return book.all().stream()
                .collect(Collectors.toMap(
                        FenceReadiness::host, each -> each, (first, second) -> second, LinkedHashMap::new));
    }

    @Override
    public Optional<FenceReadiness> remembered(HostId host) {
        return book.find(host);
    }

    @Override
    public Duration interval() {
        return interval;
    }

    @Override
    public Answer now(HostId host) throws InterruptedException {
        if (!room.tryAcquire(roomLimit.toNanos(), TimeUnit.NANOSECONDS)) {
            return new Answer.NotNow(AT_A_TIME + " other hosts are being asked, and no turn came within "
                    + roomLimit.toSeconds() + " s; ask again");
        }
        try {
            return rehearse(host);
        } finally {
            room.release();
        }
    }

    private Answer rehearse(HostId host) {
        Optional<LeaderEpoch> epoch = lead.current();
        if (epoch.isEmpty()) {
            return new Answer.NotNow("this controller does not lead");
        }
        if (hosts.inCase(host)) {
            return new Answer.NotNow("a case of the host is open, and its fencing needs the devices");
        }
        return switch (fencer.rehearse(host, () -> hosts.alive(host))) {
            case Rehearsed.NotNow notNow -> new Answer.NotNow(notNow.reason());
            case Rehearsed.Done done -> {
                // A host that died meanwhile may have taken its device along.
                if (hosts.inCase(host)) {
                    yield new Answer.NotNow("a case of the host was opened meanwhile");
                }
                yield new Answer.Done(remember(host, done.check(), epoch.get()));
            }
        };
    }

    private FenceReadiness remember(HostId host, FenceCheck found, LeaderEpoch epoch) {
        @Nullable FenceReadiness before = book.find(host).orElse(null);
        FenceReadiness.Step step = Readiness.step(before, host, found);
        FenceReadiness next = step.next();
        FenceReadiness.@Nullable Notice notice = step.notice();
        book.put(next, notice == null ? null : fact(next, notice), segment, epoch);
        if (before == null || before.state() != next.state()) {
            LOG.info(
                    "fencing of host {}: {} -> {}{}",
                    host,
                    before == null ? "never rehearsed" : before.state(),
                    next.state(),
                    found.works() ? "" : ": " + found.trouble());
        }
        if (notice != null) {
            told.run();
        }
        dueAt.put(host, System.nanoTime() + pause(next.state()).toNanos());
        return next;
    }

    private Duration pause(FenceReadiness.State state) {
        return Readiness.pause(state, interval, ThreadLocalRandom.current().nextDouble());
    }

    private static Fact fact(FenceReadiness readiness, FenceReadiness.Notice notice) {
        String type = switch (notice) {
            case UNREADY -> "host.fence-unready";
            case READY -> "host.fence-ready";
        };
        Map<String, Object> data = new HashMap<>();
        data.put("host", readiness.host().value());
        data.put("levels", readiness.check().levels().size());
        String trouble = readiness.check().trouble();
        data.put("reason", trouble.isEmpty() ? "a level works again" : trouble);
        return new Fact(
                UUID.randomUUID(),
                type,
                "host/" + readiness.host(),
                null,
                readiness.check().at(),
                data);
    }

    // --- from time to time ---

    private void run() {
        Set<HostId> known = Set.of();
        @Nullable LeaderEpoch before = null;
        boolean away = false;
        Duration look = interval.dividedBy(10).compareTo(LOOK_MAX) < 0 ? interval.dividedBy(10) : LOOK_MAX;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                @Nullable LeaderEpoch epoch = lead.current().orElse(null);
                if (epoch != null) {
                    if (!epoch.equals(before)) {
                        takeUp();
                        known = Set.copyOf(dueAt.keySet());
                    }
                    known = lookOnce(known);
                }
                before = epoch;
                away = false;
            } catch (RuntimeException e) {
                // The database may be away; asked again with the next look. What is shown gets old meanwhile, and says
                // so.
                if (!away) {
                    LOG.warn("which fence devices are to be rehearsed is not known now: {}", e.toString());
                }
                away = true;
                before = null;
            }
            try {
                TimeUnit.NANOSECONDS.sleep(look.toNanos());
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** What was rehearsed before, by this leader or another, is due in its own time, and not all at once. */
    private void takeUp() {
        dueAt.clear();
        long now = System.nanoTime();
        for (FenceReadiness each : book.all()) {
            long age = Duration.between(each.check().at(), fencer.now()).toNanos();
            long pause = pause(each.state()).toNanos();
            dueAt.put(each.host(), now + Math.clamp(pause - age, 0, pause));
        }
    }

    private Set<HostId> lookOnce(Set<HostId> known) {
        List<HostId> lookedAfter = hosts.lookedAfter();
        long now = System.nanoTime();
        List<HostId> due = new ArrayList<>();
        for (HostId host : lookedAfter) {
            Long at = dueAt.get(host);
            if (at == null || !known.contains(host) || at - now <= 0) {
                due.add(host);
            }
        }
        for (HostId host : due) {
            if (underWay.add(host)) {
                // Replaced as soon as the rehearsal has ended; one that found nothing out is tried again then.
                dueAt.put(host, now + Readiness.AGAIN.toNanos());
                workers.execute(() -> byItself(host));
            }
        }
        return Set.copyOf(lookedAfter);
    }

    private void byItself(HostId host) {
        try {
            if (now(host) instanceof Answer.NotNow notNow) {
                LOG.debug("fencing of host {} was not rehearsed: {}", host, notNow.reason());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("the rehearsal of host {} is not remembered and will be repeated: {}", host, e.toString());
        } finally {
            underWay.remove(host);
        }
    }

    @Override
    public void close() {
        looks.interrupt();
        workers.shutdownNow();
    }
}
