package io.holdfast.membership.core;

import io.holdfast.model.HostId;
import java.util.Map;
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
}
