package io.holdfast.fencing;

import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the hardware of each host from time to time, through the fence devices that tell of it, and once more when a host is
 * suspected. What it finds is a signal beside others, and told to operators once for each change; it proves nothing.
 *
 * <p>Only the leader looks. A host with an open case is left alone, and a look gives way to whatever else needs the devices (see
 * {@link Fencer#hardware}); one that gave way is repeated soon. A look that could not be made leaves what was found before, with
 * its age.
 *
 * <p>What if we die here: nothing was touched. The next leader looks anew, and what was told is written down, so it is not told
 * twice.
 *
 * <p>Threads: one looks what is due, each look has one of its own, at most {@value #AT_A_TIME} at a time. Any thread may call.
 */
public final class HardwareWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HardwareWatch.class);

    /** Too small: a rack of slow controllers holds up the others; too large: a burst of sessions on the management network. */
    static final int AT_A_TIME = 4;

    private static final Duration LOOK_MAX = Duration.ofSeconds(5);

    /** When a look that gave way is tried again. */
    private static final Duration AGAIN = Duration.ofSeconds(5);

    /** Who listens to what is found. Must not block. */
    public interface Listener {

        /** @param found null when what was found before holds no more: this controller does not lead */
        void found(HostId host, HardwareLook.@Nullable Found found);
    }

    private final SegmentId segment;
    private final Fencer fencer;
    private final HardwareBook book;
    private final Rehearsals.Hosts hosts;
    private final Rehearsals.Lead lead;
    private final Listener listener;
    private final Runnable told;
    private final Duration interval;
    private final Duration deadline;
    private final Semaphore room = new Semaphore(AT_A_TIME, true);

    /** A permit is there when somebody is suspected, so that nobody waits for the next look. */
    private final Semaphore wake = new Semaphore(0);

    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("hardware-look-", 0).factory());
    private final Thread looks = Thread.ofVirtual().name("hardware-watch").unstarted(this::run);

    /** When each host is due, by {@link System#nanoTime}. */
    private final Map<HostId, Long> dueAt = new ConcurrentHashMap<>();

    private final Set<HostId> underWay = ConcurrentHashMap.newKeySet();
    private final Set<HostId> heardOf = ConcurrentHashMap.newKeySet();

    /**
     * @param told called after something that is to be told was written
     * @param interval between two looks at a host; zero for none at all
     * @param deadline for one device. The first look reads all its records, which takes a slow one several seconds
     */
    public HardwareWatch(
            SegmentId segment,
            Fencer fencer,
            HardwareBook book,
            Rehearsals.Hosts hosts,
            Rehearsals.Lead lead,
            Listener listener,
            Runnable told,
            Duration interval,
            Duration deadline) {
        this.segment = segment;
        this.fencer = fencer;
        this.book = book;
        this.hosts = hosts;
        this.lead = lead;
        this.listener = listener;
        this.told = told;
        this.interval = interval;
        this.deadline = deadline;
    }

    public void start() {
        if (!interval.isZero()) {
            looks.start();
        }
    }

    /** A host is suspected: perhaps its hardware tells why. */
    public void suspected(HostId host) {
        dueAt.put(host, System.nanoTime());
        wake.release();
    }

    private void run() {
        boolean away = false;
        Duration pause = interval.dividedBy(10).compareTo(LOOK_MAX) < 0 ? interval.dividedBy(10) : LOOK_MAX;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                if (lead.current().isPresent()) {
                    lookOnce();
                } else {
                    standDown();
                }
                away = false;
            } catch (RuntimeException e) {
                // The database may be away; asked again with the next look. What is shown gets old meanwhile, and says
                // so.
                if (!away) {
                    LOG.warn("whose hardware is to be looked at is not known now: {}", e.toString());
                }
                away = true;
            }
            try {
                if (wake.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    /** Nobody reads here any more: what was found would get old without end. */
    private void standDown() {
        dueAt.clear();
        for (HostId host : List.copyOf(heardOf)) {
            heardOf.remove(host);
            listener.found(host, null);
        }
    }

    private void lookOnce() {
        List<HostId> lookedAfter = hosts.lookedAfter();
        dueAt.keySet().retainAll(Set.copyOf(lookedAfter));
        long now = System.nanoTime();
        for (HostId host : lookedAfter) {
            // The first looks of a new leader are spread over an interval, and not all at once.
            long at = dueAt.computeIfAbsent(
                    host,
                    _ -> now
                            + (long) (interval.toNanos()
                                    * ThreadLocalRandom.current().nextDouble()));
            if (at - now <= 0 && fencer.tellsHardware(host) && underWay.add(host)) {
                dueAt.put(host, now + jittered().toNanos());
                workers.execute(() -> look(host));
            }
        }
    }

    /** Nine to eleven tenths of the interval, so that hosts do not fall into step. */
    private Duration jittered() {
        return interval.multipliedBy(900 + ThreadLocalRandom.current().nextInt(201))
                .dividedBy(1000);
    }

    private void look(HostId host) {
        try {
            room.acquire();
            try {
                lookNow(host);
            } finally {
                room.release();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("what was found of the hardware of host {} is not told and will be: {}", host, e.toString());
        } finally {
            underWay.remove(host);
        }
    }

    private void lookNow(HostId host) {
        @Nullable LeaderEpoch epoch = lead.current().orElse(null);
        if (epoch == null || hosts.inCase(host)) {
            return;
        }
        switch (fencer.hardware(host, deadline)) {
            case HardwareLook.Answer.NotNow notNow -> {
                LOG.debug("hardware of host {} was not looked at: {}", host, notNow.reason());
                dueAt.put(host, System.nanoTime() + AGAIN.toNanos());
            }
            case HardwareLook.Answer.Done done -> {
                if (lead.current().filter(epoch::equals).isPresent()) {
                    heardOf.add(host);
                    listener.found(host, done.found());
                    tell(host, done.found(), epoch);
                }
            }
        }
    }

    /** What is not known changes nothing that was told; where nothing was, good is no news. */
    private void tell(HostId host, HardwareLook.Found found, LeaderEpoch epoch) {
        Grade grade = found.health().grade();
        if (grade == Grade.UNKNOWN) {
            return;
        }
        Grade before = book.told(host).orElse(Grade.GOOD);
        if (before == grade) {
            return;
        }
        book.tell(host, grade, fact(host, found, before), segment, epoch);
        LOG.info(
                "hardware of host {}: {} -> {}: {}",
                host,
                before,
                grade,
                found.health().summary());
        told.run();
    }

    private static Fact fact(HostId host, HardwareLook.Found found, Grade before) {
        Map<String, Object> data = new HashMap<>();
        data.put("host", host.value());
        data.put("grade", word(found.health().grade()));
        data.put("before", word(before));
        data.put("source", found.source());
        data.put("reason", found.health().summary());
        return new Fact(UUID.randomUUID(), "host.hardware", "host/" + host, null, found.at(), data);
    }

    private static String word(Grade grade) {
        return grade.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        looks.interrupt();
        workers.shutdownNow();
    }
}
