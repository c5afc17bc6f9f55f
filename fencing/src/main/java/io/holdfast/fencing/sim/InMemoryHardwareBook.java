package io.holdfast.fencing.sim;

import io.holdfast.fencing.HardwareBook;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Forgets everything with the process. Any thread may call. */
public final class InMemoryHardwareBook implements HardwareBook {

    private final Map<HostId, Grade> grades = new HashMap<>();
    private final List<Fact> facts = new ArrayList<>();
    private LeaderEpoch newest = LeaderEpoch.of(0);

    @Override
    public synchronized Optional<Grade> told(HostId host) {
        return Optional.ofNullable(grades.get(host));
    }

    @Override
    public synchronized void tell(HostId host, Grade grade, Fact fact, SegmentId segment, LeaderEpoch leader) {
        if (leader.value() < newest.value()) {
            throw new IllegalStateException("epoch " + newest + " leads " + segment + " now, not " + leader);
        }
        newest = leader;
        grades.put(host, grade);
        facts.add(fact);
    }

    /** What was to be told, in its order. */
    public synchronized List<Fact> facts() {
        return List.copyOf(facts);
    }
}
