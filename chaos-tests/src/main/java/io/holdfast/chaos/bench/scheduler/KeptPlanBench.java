package io.holdfast.chaos.bench.scheduler;

import io.holdfast.chaos.bench.Line;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.KeptPlan;
import io.holdfast.recovery.core.PlanQuestion;
import io.holdfast.recovery.core.ReserveRule;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a kept plan saves when one host fails: planning for its instances, against holding the plan that is kept against the state of
 * that moment. Everything is read anew for each, as objects of its own.
 */
final class KeptPlanBench {

    private static final int WARM = 20;
    private static final int COUNTED = 200;

    private final int hosts;
    private final int each;
    private final int used;

    /**
     * @param each instances on the host that fails
     * @param used percent of memory
     */
    KeptPlanBench(int hosts, int each, int used) {
        this.hosts = hosts;
        this.each = each;
        this.used = used;
    }

    Line run() {
        PlanQuestion asked = question();
        HostId failed = LoadedFleet.host(0);
        KeptPlan kept = KeptPlan.of(failed, new LoadedFleet(hosts, used).hosts(), asked, planned(asked), Instant.EPOCH);
        Samples anew = new Samples();
        Samples known = new Samples();
        boolean isTaken = kept != null;
        boolean isSame = isTaken;
        for (int i = -WARM; i < COUNTED && kept != null; i++) {
            PlanQuestion now = question();
            long begun = System.nanoTime();
            boolean answers = kept.answers(now);
            long held = System.nanoTime();
            ReserveRule.Outcome outcome = planned(now);
            long end = System.nanoTime();
            isTaken &= answers;
            isSame &= homes(outcome).equals(homes(kept.outcome()));
            if (i >= 0) {
                known.add(held - begun);
                anew.add(end - held);
            }
        }
        return new Line(
                "loss-1-kept",
                "1 of " + hosts + " hosts with " + each + " instances, " + used
                        + " % of memory in use; the plan that is kept held against the state, "
                        + (isTaken && isSame ? "taken each time" : "NOT taken each time"),
                known.words() + "; planned anew " + anew.words(),
                "taken",
                isTaken && isSame,
                known.figures()
                        .put("hosts", hosts)
                        .put("instances", each)
                        .put("taken", isTaken && isSame)
                        .put("anewP50Us", anew.nanos(50) / 1000.0)
                        .put("anewP99Us", anew.nanos(99) / 1000.0)
                        .put("memoryUsedPercent", used));
    }

    /** The same each time. */
    private PlanQuestion question() {
        LoadedFleet cloud = new LoadedFleet(hosts, used);
        HostId failed = LoadedFleet.host(0);
        List<HostSnapshot> left = KeptPlan.without(failed, cloud.hosts());
        List<GroupSnapshot> groups = new ArrayList<>();
        List<PlacementRequest> requests = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            LoadedFleet.Wish wish = cloud.wish();
            groups.addAll(wish.groups());
            requests.add(wish.request()
                    .excluding(Map.of(failed, "is the host that failed"))
                    .after(new PlacementRequest.Loss(failed, 0)));
        }
        return new PlanQuestion(left, groups, requests, Map.of());
    }

    private static ReserveRule.Outcome planned(PlanQuestion asked) {
        Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());
        return asked.planned((offered, limited) -> scheduler.place(offered, asked.groups(), limited));
    }

    private static List<HostId> homes(ReserveRule.Outcome outcome) {
        return outcome.placements().stream()
                .filter(Placement.Placed.class::isInstance)
                .map(placement -> ((Placement.Placed) placement).host())
                .toList();
    }
}
