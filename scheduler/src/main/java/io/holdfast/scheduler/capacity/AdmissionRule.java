package io.holdfast.scheduler.capacity;

import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.SegmentChange.Arrival;
import io.holdfast.scheduler.capacity.SegmentChange.Arrivals;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Whether a change leaves a promise kept: the loss of any so many hosts is survivable. Pure.
 *
 * <p><b>Rule.</b> The segment is surveyed as it would be. When the promise holds then, the change is admitted. Otherwise it is
 * not, with one exception: while the promise does not hold anyhow, a host may go out of service if that makes nothing
 * worse, since whoever repairs a cluster has to. An instance that is added then is refused also where it makes nothing worse:
 * room that is missing is not given away.
 *
 * <p><b>What it costs.</b> One survey for an admitted change, two for one that is not. Of instances that are placed together
 * one survey when all are admitted; else halves are looked at until it is known who is not, {@value #SURVEYS_MAX} surveys at most.
 */
public final class AdmissionRule {

    /** For one batch. Larger: a batch of many that mostly find no room takes longer; smaller: some are refused unseen. */
    static final int SURVEYS_MAX = 64;

    private final SchedulerSettings settings;
    private final int failures;

    /** @param failures how many hosts may fail together, 0 (which admits all) to {@link Outlook#FAILURES_MAX} */
    public AdmissionRule(SchedulerSettings settings, int failures) {
        this.settings = settings;
        this.failures = failures;
    }

    /** @param planner what recovery would plan, also after the change */
    public Admission judge(SegmentSnapshot now, SegmentChange change, CapacityPlanner planner) {
        return judge(now, planner, change, planner);
    }

    /** @param then what recovery would plan after the change */
    public Admission judge(SegmentSnapshot now, CapacityPlanner planner, SegmentChange change, CapacityPlanner then) {
        Shortfall after = shortfall(change.after(now), then);
        if (after.kept()) {
            return Admission.KEPT;
        }
        Shortfall before = shortfall(now, planner);
        if (before.kept()) {
            return Admission.of(Admission.Word.BREAKS, after);
        }
        return switch (change) {
            case Arrivals _ -> Admission.of(Admission.Word.STAYS_BROKEN, before);
            case SegmentChange.OutOfService _ ->
                after.worseThan(before)
                        ? Admission.of(Admission.Word.WORSENS, after)
                        : Admission.of(Admission.Word.NO_WORSE, after);
        };
    }

    /**
     * Who of those that are placed together may be, the first before the later ones.
     *
     * @return one for each, in their order. All that are admitted, together, keep the promise
     */
    public List<Admission> each(SegmentSnapshot now, List<Arrival> arrivals, CapacityPlanner planner) {
        if (arrivals.isEmpty()) {
            return List.of();
        }
        Admission all = judge(now, new Arrivals(arrivals), planner);
        if (all.word() != Admission.Word.BREAKS || arrivals.size() == 1) {
            return Collections.nCopies(arrivals.size(), all);
        }
        Halving halving = new Halving(now, planner, all);
        halving.split(arrivals);
        return halving.admissions;
    }

    private Shortfall shortfall(SegmentSnapshot snapshot, CapacityPlanner planner) {
        return new CapacitySurvey(snapshot, settings, planner).shortfall(failures);
    }

    /** Finds those that break the promise, in halves. */
    private final class Halving {
        private final SegmentSnapshot now;
        private final CapacityPlanner planner;
        private final List<Arrival> admitted = new ArrayList<>();
        private final List<Admission> admissions = new ArrayList<>();
        private Admission last;
        private int surveys;

        Halving(SegmentSnapshot now, CapacityPlanner planner, Admission last) {
            this.now = now;
            this.planner = planner;
            this.last = last;
        }

        /** @param open two or more, which together with those that are admitted break the promise */
        private void split(List<Arrival> open) {
            int half = open.size() / 2;
            settle(open.subList(0, half));
            settle(open.subList(half, open.size()));
        }

        private void settle(List<Arrival> part) {
            if (surveys >= SURVEYS_MAX) {
                // Unseen is not admitted.
                String unseen = "it was not looked at by itself among so many; of those before it: ";
                refuse(part, new Admission(last.word(), unseen + last.reason(), unseen + last.brief()));
                return;
            }
            surveys++;
            List<Arrival> all = new ArrayList<>(admitted);
            all.addAll(part);
            Shortfall after = shortfall(new Arrivals(all).after(now), planner);
            if (after.kept()) {
                admitted.addAll(part);
                admissions.addAll(Collections.nCopies(part.size(), Admission.KEPT));
                return;
            }
            last = Admission.of(Admission.Word.BREAKS, after);
            if (part.size() == 1) {
                refuse(part, last);
            } else {
                split(part);
            }
        }

        private void refuse(List<Arrival> part, Admission why) {
            admissions.addAll(Collections.nCopies(part.size(), why));
        }
    }
}
