package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** In memory, with what was told. It can be away. */
final class FakePromises implements PromiseBook {

    private final Map<SegmentId, CapacityPromise> promises = new HashMap<>();
    final List<Fact> told = new ArrayList<>();
    boolean away;

    @Override
    public Optional<CapacityPromise> find(SegmentId segment) {
        reach();
        return Optional.ofNullable(promises.get(segment));
    }

    @Override
    public void put(CapacityPromise promise, @Nullable Fact fact, LeaderEpoch leader) {
        reach();
        promises.put(promise.segment(), promise);
        if (fact != null) {
            told.add(fact);
        }
    }

    @Override
    public void tell(SegmentId segment, Fact fact, LeaderEpoch leader) {
        reach();
        told.add(fact);
    }

    List<String> types() {
        return told.stream().map(Fact::type).toList();
    }

    private void reach() {
        if (away) {
            throw new IllegalStateException("the database is away");
        }
    }
}
