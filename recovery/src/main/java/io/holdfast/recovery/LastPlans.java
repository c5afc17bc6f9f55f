package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What each case was answered when it planned last. A plan follows from the hosts, the groups and the requests alone; while
 * none of them changes, the answer is the one before, and a full cluster does not reckon it anew every few seconds for
 * each case that waits for room. Any thread may call it.
 */
final class LastPlans {

    private final Map<CaseId, Plan> last = new ConcurrentHashMap<>();

    /** All that a plan follows from. */
    record Question(List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {}

    private record Plan(Question question, List<PlanAnswer> answers) {}

    /** How a plan is made; must not depend on anything but the question. */
    interface Planner {
        List<PlanAnswer> plan(Question question);
    }

    List<PlanAnswer> answer(CaseId id, Question question, Planner planner) {
        Plan known = last.get(id);
        if (known != null && known.question().equals(question)) {
            return known.answers();
        }
        List<PlanAnswer> answers = List.copyOf(planner.plan(question));
        last.put(id, new Plan(question, answers));
        return answers;
    }

    void forget(CaseId id) {
        last.remove(id);
    }
}
