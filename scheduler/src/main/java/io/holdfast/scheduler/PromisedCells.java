package io.holdfast.scheduler;

import io.holdfast.model.CellFit;
import io.holdfast.model.HostTopology;
import io.holdfast.model.NumaWish;
import io.holdfast.model.Resources;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** By place, what the plan under way has left of hosts' cells; few plans promise any. */
final class PromisedCells {

    private final Map<Integer, HostTopology> left = new HashMap<>();

    /** What is left there. */
    HostTopology left(int place, HostSnapshot host) {
        return left.isEmpty() ? host.cells() : left.getOrDefault(place, host.cells());
    }

    /** The same cells as the claim will choose, if nobody comes between. */
    void promise(int place, HostSnapshot host, NumaWish wish, Resources wants) {
        if (wish.wantsSomething()) {
            HostTopology before = left(place, host);
            CellFit.fit(before, wish, wants.vcpus(), wants.memoryMib())
                    .ifPresent(claim -> left.put(place, before.without(List.of(claim))));
        }
    }

    void forget() {
        left.clear();
    }
}
