package io.holdfast.membership.core;

import java.time.Duration;

/**
 * What a controller may make of what it finds when it starts. Pure.
 *
 * <p>A lease that was there at the first look may be a dead host's: an ensemble that starts begins every session anew, and for a session's
 * time nobody can tell a lease that is renewed from one that is not. Taken for a sign of life, it would have recovery pardon the case of a
 * host that it has just condemned. So it counts once a network shows its agent, or once it has lasted for longer than a lease
 * may last that nobody renews.
 */
final class FirstLook {

    private FirstLook() {}

    /** Whether somebody holds its lease. */
    static boolean hasHolder(HostView host, Observer observer, Moment now, Duration leaseTime) {
        return host.lease() instanceof Presence.Present lease
                && (!observer.foundIt(lease.since())
                        || host.group() instanceof Presence.Present
                        || now.hasPassed(lease.since(), leaseTime));
    }

    /** Recovery named it before its lease could count, and now it does: it was renewed after the verdict. */
    static boolean hasOutlived(HostView host, Standing.Lost lost, Observer observer, Moment now, Duration leaseTime) {
        return host.lease() instanceof Presence.Present lease
                && observer.foundIt(lease.since())
                && host.group() instanceof Presence.Never
                && lost.since().isBefore(lease.since().plus(leaseTime))
                && now.hasPassed(lease.since(), leaseTime);
    }

    /** Whether it has seen the leases and, where there are any, heard some host in a group; or has had its time for that. */
    static boolean isOriented(State state, Moment now, Duration settleTime) {
        Observer observer = state.observer;
        if (now.hasPassed(observer.startedAt(), settleTime)) {
            return true;
        }
        if (observer.firstLookAt() == null) {
            return false;
        }
        boolean anyHeld = false;
        for (HostView host : state.hosts.sorted()) {
            anyHeld |= host.lease() instanceof Presence.Present;
        }
        // Where no host has a lease there is nobody to listen to.
        return !anyHeld || !observer.hearsNobody();
    }
}
