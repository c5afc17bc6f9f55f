package io.holdfast.membership.core;

import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** All that the machine holds. Immutable; made by {@link MembershipMachine}. */
public final class State {

    final Observer observer;
    final HostViews hosts;

    State(Observer observer, HostViews hosts) {
        this.observer = observer;
        this.hosts = hosts;
    }

    /** The standing of each host, for tests and simulations that check rules on it. */
    public Map<HostId, Standing> standings() {
        Map<HostId, Standing> standings = new TreeMap<>();
        hosts.forEach(host -> standings.put(host.id(), host.standing()));
        return standings;
    }

    /** Whether any host's standing is such; without the copy that {@link #standings} makes. */
    public boolean any(Predicate<Standing> which) {
        for (HostView host : hosts.sorted()) {
            if (which.test(host.standing())) {
                return true;
            }
        }
        return false;
    }

    /**
     * What we hold of ourselves.
     *
     * @param graceUntil silence condemns nobody before
     * @param coordinated whether we have contact with the coordination service, and have had a lease view since
     * @param leaseTrustedAt an absent lease before this moment is our own fault
     * @param alone whether our group view holds nobody but us
     * @param groupTrustedAt a missing member before this moment is our own fault
     * @param members the newest group view
     */
    record Observer(
            Moment graceUntil,
            boolean coordinated,
            Moment leaseTrustedAt,
            boolean alone,
            Moment groupTrustedAt,
            Map<HostId, Set<String>> members) {

        Observer withAlone() {
            return new Observer(graceUntil, coordinated, leaseTrustedAt, true, groupTrustedAt, members);
        }

        Observer withLease(boolean nowCoordinated, Moment trustedAt) {
            return new Observer(graceUntil, nowCoordinated, trustedAt, alone, groupTrustedAt, members);
        }

        /** Why it condemns nobody by silence now, whoever it is. */
        Optional<Standing.Doubt> doubt(Moment now) {
            if (!coordinated) {
                return Optional.of(Standing.Doubt.NO_COORDINATION);
            }
            if (alone) {
                return Optional.of(Standing.Doubt.ISOLATED);
            }
            return now.isBefore(graceUntil) ? Optional.of(Standing.Doubt.GRACE) : Optional.empty();
        }

        boolean inGroup(HostId host, String agentSession) {
            return members.getOrDefault(host, Set.of()).contains(agentSession);
        }
    }
}
