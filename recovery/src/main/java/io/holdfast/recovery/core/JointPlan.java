package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.PlacementRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is asked of the scheduler when a case plans: homes for all that wait for one <em>now</em>, whichever case they are of.
 *
 * <p>Intuition: two hosts fail, and there is room for one instance. Planned case by case, the case that happens to plan first
 * takes it. So each case asks for everybody, the most important first, and takes from the answer what is its own: what more
 * important ones of other cases can have is not offered to less important ones of this. Among equals the case that was
 * opened first comes first, and within a case the order of its list; unless one host was said to fail soon before it did, whose
 * instances the scheduler takes first among equals.
 *
 * <p>Who waits is who is in EVACUATING, waits for no other instance, and has not been left to a human. An instance that a human
 * was called for holds nobody up: it may be one that no host will ever take. When room is made, it waits again like the others.
 *
 * <p>Whoever was placed and whose claim is under way comes before all of them, for the one host that it is on its way to: what
 * is promised to it is not promised again. Promised twice, it would be refused to one of the two by the claim's
 * transaction, and that one would not try the host again. A claim that was granted a moment ago may count twice, until its
 * answer is heard; then there is less room in a plan than there is, and the next look at the room finds the rest.
 *
 * <p>Pure. It reserves nothing in the store: the claim's transaction decides.
 */
public final class JointPlan {

    private JointPlan() {}

    /** @param cases in the order in which they were opened; those that move nothing now add nothing */
    public static List<PlacementRequest> of(Collection<CaseState> cases) {
        return Stream.concat(promised(cases), wanting(cases, Move::toBePlanned)).toList();
    }

    /**
     * What is asked to find out whether there is room for anybody.
     *
     * @param requests as for a plan, and those that a human was called for because there was no room
     * @param wanting who of them has been promised nothing yet
     */
    public record Lacking(List<PlacementRequest> requests, Set<InstanceId> wanting) {
        public Lacking {
            requests = List.copyOf(requests);
            wanting = Set.copyOf(wanting);
        }
    }

    /** @param cases as for {@link #of} */
    public static Lacking lacking(Collection<CaseState> cases) {
        List<PlacementRequest> wanting = wanting(cases, Move::lacksRoom).toList();
        return new Lacking(
                Stream.concat(promised(cases), wanting.stream()).toList(),
                wanting.stream().map(PlacementRequest::instance).collect(Collectors.toSet()));
    }

    private static Stream<PlacementRequest> promised(Collection<CaseState> cases) {
        return cases.stream()
                .filter(state -> state.phase() instanceof Phase.Evacuating)
                .flatMap(state -> state.moves().stream().map(move -> new Wanted(state, move)))
                .filter(one -> one.move().promised() != null)
                .map(one -> new PlacementRequest(
                                one.move().id(),
                                one.move().wants(),
                                null,
                                one.move().promised(),
                                Map.of())
                        // Before all others, whatever its own priority: the host is its.
                        .after(new PlacementRequest.Loss(one.of().host(), Integer.MAX_VALUE)));
    }

    private static Stream<PlacementRequest> wanting(Collection<CaseState> cases, Predicate<Move> which) {
        List<Wanted> wanted = new ArrayList<>();
        for (CaseState state : cases) {
            if (state.phase() instanceof Phase.Evacuating) {
                state.moves().stream().filter(which).forEach(move -> wanted.add(new Wanted(state, move)));
            }
        }
        wanted.sort(Comparator.comparingInt((Wanted one) -> one.move().terms().priority())
                .reversed());
        return wanted.stream().map(Wanted::request);
    }

    private record Wanted(CaseState of, Move move) {
        private PlacementRequest request() {
            Map<HostId, String> excluded = new LinkedHashMap<>();
            move.excluded().forEach(exclusion -> excluded.put(exclusion.host(), exclusion.reason()));
            if (of.admittedAt() == null) {
                excluded.put(of.host(), "is the host that failed");
            }
            return new PlacementRequest(move.id(), move.wants(), move.zone(), move.only(), excluded)
                    .after(new PlacementRequest.Loss(of.host(), move.terms().priority()));
        }
    }
}
