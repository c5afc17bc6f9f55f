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

    /** Who rehearses or switches on now, or null. Guarded by this. */
    private @Nullable Thread aside;

    /** Whether a question about the power is enough to end it. Guarded by this. */
    private boolean yieldsToProbes;

    /** Whether it was told to give way. Guarded by this. */
    private boolean gaveWay;

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
     * The calling thread wants to rehearse, or to switch on.
     *
     * @param toProbes whether it gives way to a question about the power too, or to an attempt alone
     * @return whether it may: nobody else does, and no attempt runs
     */
    synchronized boolean beginAside(boolean toProbes) {
        if (aside != null || attempt.availablePermits() == 0) {
            return false;
        }
        aside = Thread.currentThread();
        yieldsToProbes = toProbes;
        gaveWay = false;
        return true;
    }

    /**
     * The calling thread is done with that. If it was told to give way, its interrupt has served its purpose and is taken
     * back.
     *
     * @return whether it was told to give way
     */
    synchronized boolean endAside() {
        aside = null;
        if (gaveWay) {
            Thread.interrupted();
        }
        return gaveWay;
    }

    /**
     * Ends what is under way aside, because something in earnest needs the devices: some have room for one session
     * alone.
     *
     * @param toAttempt an attempt, whose permit was taken before, so that nothing more of that kind begins; or else a question
     */
    synchronized void giveWay(boolean toAttempt) {
        if (aside != null && (toAttempt || yieldsToProbes)) {
            gaveWay = true;
            aside.interrupt();
        }
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
