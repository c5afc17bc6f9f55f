package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.scheduler.PlacementRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is asked of the scheduler when a case plans: homes for all that wait for one <em>now</em>, whichever case they are of.
 *
 * <p>Intuition: two hosts fail, and there is room for one instance. Planned case by case, the case that happens to plan first
 * takes it. So each case asks for everybody, the most important first, and takes from the answer what is its own: what more
 * important ones of other cases can have is not offered to less important ones of this. Among equals the case that was
 * opened first comes first, and within a case the order of its list.
 *
 * <p>Who waits is who is in EVACUATING, waits for no other instance, and has not been left to a human. An instance that a human
 * was called for holds nobody up: it may be one that no host will ever take. When room is made, it waits again like the others.
 *
 * <p>Pure. What it does not do: reserve. A claim that is under way is not among those that wait; who was promised the same
 * room is refused by the claim's transaction, and planned again.
 */
public final class JointPlan {

    private JointPlan() {}

    /** @param cases in the order in which they were opened; those that move nothing now add nothing */
    public static List<PlacementRequest> of(Collection<CaseState> cases) {
        List<Wanted> wanted = new ArrayList<>();
        for (CaseState state : cases) {
            if (state.phase() instanceof Phase.Evacuating) {
                state.moves().stream().filter(Move::toBePlanned).forEach(move -> wanted.add(new Wanted(state, move)));
            }
        }
        wanted.sort(Comparator.comparingInt((Wanted one) -> one.move().terms().priority())
                .reversed());
        return wanted.stream().map(Wanted::request).toList();
    }

    private record Wanted(CaseState of, Move move) {
        private PlacementRequest request() {
            Map<HostId, String> excluded = new LinkedHashMap<>();
            move.excluded().forEach(exclusion -> excluded.put(exclusion.host(), exclusion.reason()));
            if (of.admittedAt() == null) {
                excluded.put(of.host(), "is the host that failed");
            }
            return new PlacementRequest(move.id(), move.wants(), move.zone(), move.only(), excluded);
        }
    }
}
