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

    /** Who rehearses now, or null. Guarded by this. */
    private @Nullable Thread rehearsing;

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
     * The calling thread wants to rehearse.
     *
     * @return whether it may: nobody else does, and no attempt runs
     */
    synchronized boolean beginRehearsal() {
        if (rehearsing != null || attempt.availablePermits() == 0) {
            return false;
        }
        rehearsing = Thread.currentThread();
        gaveWay = false;
        return true;
    }

    /**
     * The calling thread rehearses no more. If it was told to give way, its interrupt has served its purpose and is taken
     * back.
     *
     * @return whether it was told to give way
     */
    synchronized boolean endRehearsal() {
        rehearsing = null;
        if (gaveWay) {
            Thread.interrupted();
        }
        return gaveWay;
    }

    /**
     * Ends a rehearsal that is under way, because something in earnest needs the devices: some have room for one session
     * alone. Called after the attempt's permit was taken, so that no other rehearsal begins.
     */
    synchronized void giveWay() {
        if (rehearsing != null) {
            gaveWay = true;
            rehearsing.interrupt();
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
