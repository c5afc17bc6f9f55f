package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder.Place;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one host: one attempt at a time, and the calls under way on its behalf. Each device has a bound of its
 * own, so that one that hangs cannot bar the way to the next level; and so have probes, so that however many hang on a dead
 * device, the order to cut the power still goes out. Any thread may call.
 */
final class Lane {

    private record Ordered(HostEpoch epoch, Set<Place> places) {}

    private final HostId host;
    private final Semaphore attempt = new Semaphore(1);
    private final Map<Place, BoundedCall> deviceCalls = new ConcurrentHashMap<>();
    private final Map<Place, BoundedCall> probes = new ConcurrentHashMap<>();
    private final Map<Place, BoundedCall> rehearsals = new ConcurrentHashMap<>();
    private final BoundedCall journalCalls;

    /** What is done beside the work in earnest. An attempt ends each; a later one ends the first. */
    enum Kind {
        /** Looking after the hardware. */
        SURVEY,
        /** Ends for a question about the power too. */
        REHEARSAL,
        /** Does not: a host that is off is asked again and again. */
        POWER_ON
    }

    /** Something under way aside. Its fields are guarded by the lane. */
    static final class Aside {
        private final Thread thread = Thread.currentThread();
        private final Kind kind;
        private boolean gaveWay;

        private Aside(Kind kind) {
            this.kind = kind;
        }
    }

    /** What is under way aside, or null. Guarded by this. */
    private @Nullable Aside aside;

    private volatile Ordered ordered = new Ordered(HostEpoch.of(0), Set.of());

    Lane(HostId host) {
        this.host = host;
        this.journalCalls = new BoundedCall("fence-journal-" + host);
    }

    /** Held by the attempt that runs. */
    Semaphore attempt() {
        return attempt;
    }

    BoundedCall deviceCalls(Place place) {
        return deviceCalls.computeIfAbsent(place, _ -> new BoundedCall("fence-device-" + host));
    }

    BoundedCall probes(Place place) {
        return probes.computeIfAbsent(place, _ -> new BoundedCall("fence-probe-" + host));
    }

    BoundedCall rehearsals(Place place) {
        return rehearsals.computeIfAbsent(place, _ -> new BoundedCall("fence-rehearsal-" + host));
    }

    /**
     * The calling thread wants to do something aside. A survey that is under way gives way to everything else.
     *
     * @return null if it may not: something else is under way, or an attempt runs
     */
    synchronized @Nullable Aside beginAside(Kind kind) {
        if (attempt.availablePermits() == 0) {
            return null;
        }
        Aside before = aside;
        if (before != null) {
            if (before.kind != Kind.SURVEY || kind == Kind.SURVEY) {
                return null;
            }
            endNow(before);
        }
        aside = new Aside(kind);
        return aside;
    }

    /**
     * The calling thread is done with that. If it was told to give way, its interrupt has served its purpose and is taken
     * back.
     *
     * @return whether it was told to give way
     */
    synchronized boolean endAside(Aside done) {
        if (aside == done) {
            aside = null;
        }
        if (done.gaveWay) {
            Thread.interrupted();
        }
        return done.gaveWay;
    }

    /**
     * Ends what is under way aside, because something in earnest needs the devices: some have room for one session
     * alone.
     *
     * @param toAttempt an attempt, whose permit was taken before, so that nothing more of that kind begins; or else a question
     */
    synchronized void giveWay(boolean toAttempt) {
        if (aside != null && (toAttempt || aside.kind != Kind.POWER_ON)) {
            endNow(aside);
        }
    }

    /** Whatever is under way aside has not ended yet, or it would not be there. */
    private static void endNow(Aside underWay) {
        underWay.gaveWay = true;
        underWay.thread.interrupt();
    }

    BoundedCall journalCalls() {
        return journalCalls;
    }

    /** Devices that an order of ours was for in that life of the host, if that order may have been carried out. */
    Set<Place> ordered(HostEpoch epoch) {
        Ordered known = ordered;
        return known.epoch.equals(epoch) ? known.places : Set.of();
    }

    void ordered(HostEpoch epoch, Set<Place> places) {
        ordered = new Ordered(epoch, places);
    }
}
