package io.holdfast.chaos.bench;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Passes on what a source observes, and counts how often that is another view than the one before. */
final class CountedViews implements Signals {

    private final Signals source;
    private final List<Set<HostId>> leases = new ArrayList<>();
    private final List<Set<HostId>> groups = new ArrayList<>();

    CountedViews(Signals source) {
        this.source = source;
    }

    @Override
    public void start(Consumer<Observation> inbox) {
        source.start(observation -> {
            count(observation);
            inbox.accept(observation);
        });
    }

    private synchronized void count(Observation observation) {
        if (observation instanceof Observation.LeaseView view) {
            add(leases, view.held().stream().map(HostRegistration::host).collect(Collectors.toSet()));
        } else if (observation instanceof Observation.GroupView view) {
            add(groups, view.agents().keySet());
        }
    }

    private static void add(List<Set<HostId>> views, Set<HostId> view) {
        if (!view.isEmpty() && (views.isEmpty() || !views.getLast().equals(view))) {
            views.add(Set.copyOf(view));
        }
    }

    /** Views with anybody in them, each other than the one before. */
    synchronized int leaseViews() {
        return leases.size();
    }

    synchronized int groupViews() {
        return groups.size();
    }

    /** Who was in the newest view of the group. */
    synchronized int groupSize() {
        return groups.isEmpty() ? 0 : groups.getLast().size();
    }

    @Override
    public void close() {
        source.close();
    }
}
