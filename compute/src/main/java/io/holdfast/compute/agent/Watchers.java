package io.holdfast.compute.agent;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Those who hear of what an agent sees, and what is said to them. Guarded by the agent's lock. */
final class Watchers {

    private final List<AgentWatcher> watchers = new ArrayList<>();
    private final GuestCare care;
    private final Clock clock;

    Watchers(GuestCare care, Clock clock) {
        this.care = care;
        this.clock = clock;
    }

    void add(AgentWatcher watcher) {
        watchers.add(watcher);
    }

    void remove(AgentWatcher watcher) {
        watchers.remove(watcher);
    }

    void clear() {
        watchers.clear();
    }

    void report(Lane lane, Generation generation, ActualState actual, String detail) {
        report(lane, generation, actual, false, detail);
    }

    /** Said where it is news. */
    void report(Lane lane, Generation generation, ActualState actual, boolean cameUp, String detail) {
        InstanceReport now = new InstanceReport(
                lane.instance,
                generation,
                actual,
                cameUp,
                detail,
                clock.instant(),
                care.signs(lane, generation, actual));
        if (lane.becomes(now)) {
            watchers.forEach(watcher -> watcher.reported(now));
        }
    }

    /** A stranger has gone, and nothing of it is kept here. */
    void left(Lane lane, Generation generation) {
        InstanceReport last = new InstanceReport(
                lane.instance, generation, ActualState.STOPPED, false, Lane.NOT_OWNED, clock.instant());
        watchers.forEach(watcher -> watcher.reported(last));
    }

    void troubled(String trouble) {
        watchers.forEach(watcher -> watcher.troubled(trouble));
    }
}
