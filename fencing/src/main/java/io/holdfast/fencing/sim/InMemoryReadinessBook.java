package io.holdfast.fencing.sim;

import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.ReadinessBook;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Forgets everything with the process. Any thread may call. */
public final class InMemoryReadinessBook implements ReadinessBook {

    private final SortedMap<String, FenceReadiness> byHost = new TreeMap<>();
    private final List<Fact> facts = new ArrayList<>();
    private LeaderEpoch newest = LeaderEpoch.of(0);

    @Override
    public synchronized List<FenceReadiness> all() {
        return List.copyOf(byHost.values());
    }

    @Override
    public synchronized Optional<FenceReadiness> find(HostId host) {
        return Optional.ofNullable(byHost.get(host.value()));
    }

    @Override
    public synchronized void put(FenceReadiness readiness, @Nullable Fact fact, SegmentId segment, LeaderEpoch leader) {
        if (leader.value() < newest.value()) {
            throw new IllegalStateException("epoch " + newest + " leads " + segment + " now, not " + leader);
        }
        newest = leader;
        byHost.put(readiness.host().value(), readiness);
        if (fact != null) {
            facts.add(fact);
        }
    }

    /** What was to be told, in its order. */
    public synchronized List<Fact> facts() {
        return List.copyOf(facts);
    }
}
