package io.holdfast.membership.core;

import io.holdfast.model.HostId;
import org.jspecify.annotations.Nullable;

/**
 * The hosts of one turn of {@link MembershipMachine}: those of the state before it, copied when the first of them
 * changes. Nearly every look at ages changes nothing, and there are many looks.
 */
final class TurnHosts {

    private HostView[] sorted;

    /** Whether somebody else may be looking at the array, so that a change needs a copy. */
    private boolean shared = true;

    TurnHosts(State before) {
        this.sorted = before.hosts.sorted();
    }

    /**
     * As they are now, by name, so that a step is reproducible; changes while somebody goes through it do no harm. Only for
     * reading: the array is not copied.
     */
    HostView[] all() {
        shared = true;
        return sorted;
    }

    @Nullable
    HostView get(HostId id) {
        int at = HostViews.indexOf(sorted, id);
        return at < 0 ? null : sorted[at];
    }

    HostView getOrUnseen(HostId id, Moment now) {
        HostView host = get(id);
        if (host == null) {
            host = HostView.unseen(id, now);
            put(host);
        }
        return host;
    }

    void put(HostView host) {
        int at = HostViews.indexOf(sorted, host.id());
        if (at < 0) {
            HostView[] larger = new HostView[sorted.length + 1];
            int before = -at - 1;
            System.arraycopy(sorted, 0, larger, 0, before);
            larger[before] = host;
            System.arraycopy(sorted, before, larger, before + 1, sorted.length - before);
            sorted = larger;
            shared = false;
            return;
        }
        if (shared) {
            sorted = sorted.clone();
            shared = false;
        }
        sorted[at] = host;
    }

    HostViews after() {
        shared = true;
        return HostViews.ofSorted(sorted);
    }
}
