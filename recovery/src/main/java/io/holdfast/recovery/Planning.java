package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.JointPlan;
import io.holdfast.recovery.core.JointPlan.Lacking;
import io.holdfast.scheduler.HostSnapshot;
import java.util.List;
import java.util.Set;

/**
 * Planning over all open cases: who is asked for together, and when it is worth asking again.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. What if we die here: nothing is kept that the next leader's first
 * look would not find anew, and every case plans again at its deadline.
 */
final class Planning {

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final Claims claims;
    private final LastPlan plans;
    private final RoomWatch watch;
    private boolean looking;

    Planning(RecoveryEngine engine, Hosts hosts, Claims claims, LastPlan plans, Reserves reserves) {
        this.engine = engine;
        this.hosts = hosts;
        this.claims = claims;
        this.plans = plans;
        this.watch = new RoomWatch(reserves);
    }

    void forget() {
        plans.forget();
        looking = false;
    }

    /** One case's plan, asked for all that wait now in any case: priorities decide over all of them together. */
    CaseCommand.Plan overAll(CaseCommand.Plan asked) {
        return new CaseCommand.Plan(asked.number(), JointPlan.of(open()));
    }

    /**
     * While somebody waits for room, it is looked for with each scan, and at once when a host comes (back): whatever makes
     * room, and whoever did it, is seen there. Only cases for whose instances there is some plan again.
     */
    void lookForRoom() {
        Lacking lacking = JointPlan.lacking(open());
        if (lacking.wanting().isEmpty()) {
            plans.forget();
            return;
        }
        if (looking) {
            return;
        }
        looking = true;
        engine.work("look for room", () -> {
            List<HostSnapshot> snapshots = HostSnapshots.of(hosts, engine::avoids);
            Set<InstanceId> found = watch.found(
                    lacking.wanting(), snapshots, HostSnapshots.asked(claims, lacking.requests(), snapshots));
            return () -> {
                looking = false;
                tell(found);
            };
        });
    }

    private void tell(Set<InstanceId> found) {
        if (found.isEmpty()) {
            return;
        }
        for (Tracked tracked : List.copyOf(engine.cases().values())) {
            if (tracked.state.moves().stream().anyMatch(move -> found.contains(move.id()))) {
                engine.step(tracked, new CaseEvent.RoomFound(found));
            }
        }
    }

    private List<CaseState> open() {
        return engine.cases().values().stream().map(tracked -> tracked.state).toList();
    }
}
