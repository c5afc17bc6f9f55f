package io.holdfast.membership.core;

import io.holdfast.membership.HostRegistration;
import java.time.Duration;

/**
 * What a controller may make of what it finds when it looks for the first time: at its start, and after each disturbance of coordination.
 * Pure.
 *
 * <p>A lease that was there at such a look may be a dead host's: an ensemble that starts begins every session anew, and for a session's
 * time nobody can tell a lease that is renewed from one that is not. Whether the controller was started with it or lived through its
 * restart makes no difference. Taken for a sign of life, it would have recovery pardon the case of a
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

    /** Whether an agent other than the one that was lost holds its lease now. */
    static boolean hasReturned(HostView host, Standing.Lost lost, Observer observer, Moment now, Duration leaseTime) {
        HostRegistration registration = host.registration();
        return registration != null
                && !registration.agentSession().equals(lost.agentSession())
                && hasHolder(host, observer, now, leaseTime);
    }

    /**
     * Whether a signal came back after that moment. A host that was only cut off comes back with the agent it had, and must not be
     * fenced for a silence that is over; a lease that has not run out yet is no sign of life, nor is one that was found.
     */
    static boolean isHeardSince(HostView host, Moment moment, Observer observer) {
        return (host.lease() instanceof Presence.Present lease
                        && moment.isBefore(lease.since())
                        && !observer.foundIt(lease.since()))
                || (host.group() instanceof Presence.Present group && moment.isBefore(group.since()));
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
